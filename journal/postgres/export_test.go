package postgres

import "time"

// SetLease shortens the leases that are given from now on.
func (e *Engine) SetLease(d time.Duration) { e.lease = d }
