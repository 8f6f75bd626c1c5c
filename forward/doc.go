// Package forward delivers stored receipts to webhooks: for each endpoint it
// takes them from the journal in order, POSTs them signed, and decides taken,
// tried again, parked or dead.
//
// It promises:
//
//   - At least once. An endpoint's cursor passes a receipt only when that is
//     taken, parked, dead or not wanted there; a crash repeats at most the
//     window of 4,096 positions a stream and what came since the last save.
//   - Order by message. An event starts when no earlier one of its message is
//     unfinished at that endpoint; a parked one is finished for this purpose.
//     Other messages overtake. What a replay sends is in order within it.
//   - Isolation. An endpoint has goroutines, connections, breaker and budgets of
//     its own, and waits for nothing but the journal.
//   - Fairness. Operators are served in turn, whatever their backlogs.
//   - An endpoint that is down costs no row per waiting receipt and at info
//     level no log line per receipt. Only time in which it was seen failing
//     while the gateway ran counts against its receipts.
//
// It will not follow redirects, use a proxy, parse a receipt, or put a secret, a
// URL's userinfo or query, or a header's value into a log or an error.
//
// Signatures are those of Standard Webhooks, https://www.standardwebhooks.com/,
// over the JSON: of a body that travels compressed, over what it unpacks to.
package forward
