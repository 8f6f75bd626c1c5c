// Package gateway builds, starts, reloads and stops the whole of dlrgate.
//
// It joins the rooms: an SMSC's deliver_sm goes through smpp, smpp/receipt,
// mapping, event and journal, and from there through forward to the webhooks;
// pipeline.go shows that chain on one screen. What the rooms observe becomes
// metrics here, and nowhere else.
//
// It promises that endpoints are registered with their cursors before any bind
// opens, so that no receipt is stored without somebody owing it; that a reload
// does everything that can fail before it touches what runs, and leaves
// unchanged binds and endpoints alone; and that Run returns only when every
// goroutine has ended, within the configuration's shutdown_timeout.
package gateway
