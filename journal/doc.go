// Package journal is the durable log of receipts: what it has said yes to is
// on disk, in order, until every endpoint has taken it.
//
// # What it promises
//
// A Draft's Done(nil) comes after the transaction that holds its entry was
// committed and synced; nothing that comes later, a kill or a power cut, undoes
// it. Each operator has a stream of its own; positions in it are contiguous and
// never given twice. What is written together is there together: a parked or
// dead delivery and the cursor that passes it. A cursor is durable 250 ms after
// Advance at the latest, so a crash repeats at most what an endpoint worked on
// in that time beyond its low-water mark, and loses nothing. Nothing that an
// attached endpoint still needs is pruned.
//
// # What is on disk
//
// The Engine's: the log, one row a receipt, bytes in and bytes out; cursors per
// endpoint and stream; parked and dead deliveries; failed attempts, the last
// 100 an endpoint and some of what is parked or dead; replay counts; small values
// of other rooms (State). A
// receipt's row ends when it is older than Retention (or space is short) and
// every attached endpoint has passed it and none holds it parked or dead. The
// search projection (Index) is temporary: lost or damaged, it is built again
// from the log while everything else goes on.
//
// # How it works
//
// One goroutine, the committer, is the only one that writes. It takes what
// waits, has the Renderer judge and render it in the order of the log, writes
// one transaction, then calls every Done. A lone receipt is committed at once;
// while commits follow each other the next begins 0.75 ms after the last began
// at the earliest, which makes groups. Reads go beside it: the newest entries from
// a ring in memory, others from the log in short bounded reads.
//
// # What it will not do
//
// It knows no SMPP and no JSON: the Renderer makes the bytes, Terms makes the
// keys for the search. It never blocks an Append: what cannot be stored now is
// refused. It does not decide what is delivered to whom.
package journal
