import FuzzProperties

/// Called by libFuzzer for each input.
@c(LLVMFuzzerTestOneInput)
func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    FuzzTarget.sites.run(start, count: count)
    return 0
}
