internal import Notifications
internal import Web

/// The rules of the server itself for channels.
enum ServerChannelRules {
    /// All that is wrong with a new channel's document.
    static func problems(of document: JSON) -> [FieldProblem] {
        let settings = JSON.object((document.members ?? []).filter { !Defaults.answers.contains($0.name) })
        return switch ChannelDocument.settings(from: settings) {
        case .success: []
        case .failure(let error): error.problems
        }
    }
}
