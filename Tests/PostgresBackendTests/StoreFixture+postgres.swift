import PostgresBackend
import StoredForms
import TestSupport
import Testing

extension StoreFixture {
    init(_ database: PostgresDatabase, key: String? = nil, time: ManualTime = ManualTime()) {
        let secrets = SecretBox(key: key)
        self.init(
            sites: PostgresSiteStore(database: database, time: time, secrets: secrets),
            schedule: PostgresScheduleStore(database: database),
            monitoring: PostgresMonitoringStore(database: database, time: time),
            maintenance: PostgresMaintenanceStore(database: database, time: time),
            incidents: PostgresIncidentStore(database: database, time: time),
            status: PostgresStatusStore(database: database, time: time),
            channels: PostgresChannelStore(database: database, time: time, secrets: secrets),
            deliveries: PostgresDeliveryLog(database: database, time: time),
            tokens: PostgresTokenStore(database: database, time: time),
            sessions: PostgresSessionStore(database: database, time: time, secrets: secrets),
            time: time
        )
    }
}
