internal import Monitoring

/// The present Unix time in ms, by which all processes of this machine go.
func unixTime() -> Int64 { SystemTime().now().milliseconds }
