// Package postgres keeps the journal in a PostgreSQL database: the engine for
// those who outgrow one machine, or want a second gateway to stand by.
//
// # What it promises
//
// A Write that returned nil was committed by a server whose fsync and
// synchronous_commit are on; a server where they are off is refused. Receipts
// are appended by one statement that raises the streams' last positions only
// if the epochs still hold, so that an owner that lost its lease changes
// nothing. A Write whose outcome is unknown can be repeated: positions that
// hold the same receipts are success.
//
// # Ownership
//
// A stream belongs to the process whose name and epoch stand in its row, until
// the row's expires has passed on the database's clock. The holder counts on
// its own monotonic clock, from before it sent the renewal and by a margin
// less, so it stops before another can begin. Several gateways may share one
// database; each row of the log is written by one of them.
//
// # What is in the database
//
// The tables of migrations/, in the schema that the connection's search_path
// names first. What came over the wire is bytea. The search projection is
// unlogged: after a crash of the server it is empty and is filled again.
//
// # What it will not do
//
// It does not copy itself: Backup says which pg_dump to run. It does not know
// how much space the server has left: whoever runs the database watches that.
// It does not work through a pooler in transaction mode.
package postgres
