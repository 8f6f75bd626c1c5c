package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"testing"
)

// startGateway is the least that a gateway does: bind, answer each receipt OK
// and post it, but for the third when it loses. The channel is closed when the
// SMSC has gone.
func startGateway(ctx context.Context, t *testing.T, smsc, url string, loses bool) <-chan struct{} {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", smsc)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	bind := append(binary.BigEndian.AppendUint32(nil, 16+9), 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1)
	if _, err := conn.Write(append(bind, 'g', 'w', 0, 0, 0, 0x34, 0, 0, 0)); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for n := 0; ; {
			var h [16]byte
			if _, err := io.ReadFull(conn, h[:]); err != nil {
				return
			}
			body := make([]byte, binary.BigEndian.Uint32(h[:])-16)
			if _, err := io.ReadFull(conn, body); err != nil {
				return
			}
			if h[7] != 5 || h[4] != 0 {
				continue
			}
			n++
			_, _ = conn.Write(append([]byte{0, 0, 0, 17, 0x80, 0, 0, 5, 0, 0, 0, 0}, h[12], h[13], h[14], h[15], 0))
			if !loses || n != 3 {
				postReceipt(ctx, t, url, n, body)
			}
		}
	}()
	return done
}

func postReceipt(ctx context.Context, t *testing.T, url string, n int, body []byte) {
	recipient := regexp.MustCompile(`\d{12}`).Find(body)
	text := regexp.MustCompile(`id:(\w+) .*stat:(\w+) `).FindSubmatch(body)
	event := fmt.Sprintf(`{"type":"sms.receipt","data":{"id":"rcpt_%d","sequence":%d,"operator":"sim","message_id":%q,
		"recipient":%q,"receipt":{"stat":%q}}}`, n, n, text[1], recipient, text[2])
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader([]byte(event)))
	if err != nil {
		t.Error(err)
		return
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	if err != nil {
		t.Error(err)
		return
	}
	_ = resp.Body.Close()
}
