internal import StoredForms

extension ResultFields {
    static let columns: SQL = """
        result.slot, result.region, result.verdict, result.attempts, result.status_code, result.dns, result.connect,
        result.tls, result.first_byte, result.transfer, result.total, result.certificate_ends_at, result.address,
        result.failure
        """

    init(_ row: PostgresRow) throws {
        self.init()
        slot = try row.int("slot")
        region = try row.text("region")
        verdict = Int(try row.int("verdict"))
        attempts = Int(try row.int("attempts"))
        statusCode = try row.optionalInt("status_code").map { Int($0) }
        dns = try row.optionalInt("dns")
        connect = try row.optionalInt("connect")
        tls = try row.optionalInt("tls")
        firstByte = try row.optionalInt("first_byte")
        transfer = try row.optionalInt("transfer")
        total = try row.optionalInt("total")
        certificateEndsAt = try row.optionalInt("certificate_ends_at")
        address = try row.optionalText("address")
        failure = try row.optionalText("failure")
    }
}
