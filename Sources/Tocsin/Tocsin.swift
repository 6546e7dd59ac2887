internal import ArgumentParser

@main
struct Tocsin: ParsableCommand {
    func run() throws {}
}
