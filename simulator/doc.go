// Package simulator plays both ends of a delivery-receipt gateway: an operator's
// SMSC that sends receipts in any operator's dialect, and the webhook that takes
// the events, with a verdict over both.
//
//   - [SMSC] speaks SMPP 3.4 on a real socket: it takes binds, answers
//     submit_sm, sends receipts within a window per session, and sends again
//     what was refused for now or never answered.
//   - [Dialect] and [Source] make the receipts. The same seed makes the same
//     octets in the same order.
//   - [Ledger] is the ground truth: for every receipt, under a number of the
//     simulator's own, how often it was sent and how it was answered.
//   - [Sink] takes webhooks, checks Standard Webhooks signatures and fails on
//     demand.
//   - [Judge] compares the two: every receipt answered OK must be at the sink.
//   - [Scenario] scripts all of this in YAML.
//
// It imports none of dlrgate's packages and no SMPP library, so that it shares
// no mistake with the program under test. It does not store anything, keeps no
// message longer than the process lives, and is no operator: it routes nothing.
package simulator
