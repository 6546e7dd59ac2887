internal import ArgumentParser

/// The commands for sites.
struct Sites: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Add, list, change and remove the sites that are watched.",
        subcommands: [
            SitesAdd.self, SitesList.self, SitesShow.self, SitesUpdate.self, SitesRemove.self, SitesPause.self,
            SitesResume.self, SitesImport.self, SitesExport.self,
        ]
    )
}
