// Package smpp keeps binds to operators' SMSCs alive and hands each receipt
// that they deliver to a handler, whose verdict it sends back.
//
// It promises:
//   - a deliver_sm or data_sm is answered OK only after the handler said so, in
//     any order, each exactly once;
//   - a slow handler never stops the reader: enquire_link, unbind and responses
//     are answered at once, and what does not fit into the window is refused
//     with the operator's full_status;
//   - no octets from an SMSC end the process or disturb another bind; only a
//     command_length that cannot be believed ends a session;
//   - every wait has a deadline, every queue a bound, every retry jitter and a
//     cap; when Run returns, every goroutine has ended.
//
// It does not read receipts, knows no status of ours, stores nothing and never
// writes a message or a password to the log.
//
// # Before bind_resp
//
// Some SMSCs deliver receipts in the instant between their accepting a bind and
// the bind_resp. Such a receipt is handled like any other: it is real, and
// refusing it would delay it by the SMSC's retry interval. Its answer is written
// as soon as the handler gives it. Should the bind then be refused, the answer
// is lost with the connection and the SMSC delivers the receipt again.
package smpp
