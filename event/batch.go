package event

import (
	"bytes"
	"encoding/hex"
	"strconv"
	"time"
)

// WithReplay returns a copy of an event's JSON that says that this is its n-th
// replay.
func WithReplay(eventJSON []byte, n int) []byte {
	body := len(eventJSON) - len("}}")
	out := make([]byte, 0, len(eventJSON)+24)
	out = append(append(out, eventJSON[:body]...), `,"replay":`...)
	out = strconv.AppendInt(out, int64(n), 10)
	return append(out, "}}"...)
}

// ReplayID is the webhook-id of the n-th replay of the event id.
func ReplayID(id string, n int) string { return id + "_r" + strconv.Itoa(n) }

// RenderBatch appends one body that carries events, each as it was rendered.
// timestamp is the newest received_at among them.
func RenderBatch(dst []byte, events [][]byte, timestamp time.Time) []byte {
	w := writer{b: append(dst, `{"type":"sms.receipt.batch"`...)}
	w.millis("timestamp", timestamp)
	w.open("data", '{')
	w.open("events", '[')
	for _, e := range events {
		w.separate()
		w.b = append(w.b, data(e)...)
	}
	return append(w.b, "]}}"...)
}

// data returns the data object of an event's JSON.
func data(eventJSON []byte) []byte {
	_, rest, _ := bytes.Cut(eventJSON, []byte(`"data":`))
	return rest[:len(rest)-len("}")]
}

// BatchID returns the webhook-id of a batch: a hash of its members' webhook-ids
// in their order.
func BatchID(webhookIDs []string) string {
	var b []byte
	for _, id := range webhookIDs {
		b = appendField(b, id)
	}
	return hashID("batch_", b)
}

// Test returns the webhook-id and the body of a sms.receipt.test event, by
// which an endpoint is tried without a receipt.
func Test(endpoint string, now time.Time) (id string, body []byte) {
	id = hashID("test_", now.UTC().AppendFormat([]byte(endpoint), time.RFC3339Nano))
	w := writer{b: []byte(`{"type":"sms.receipt.test"`)}
	w.millis("timestamp", now)
	w.open("data", '{')
	w.text("id", id)
	w.text("endpoint", endpoint)
	return id, append(w.b, "}}"...)
}

func hashID(prefix string, b []byte) string {
	k := hashKey(b)
	return prefix + hex.EncodeToString(k[:])
}
