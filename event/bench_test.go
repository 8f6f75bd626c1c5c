package event_test

import (
	"encoding/binary"
	"encoding/hex"
	"testing"

	"github.com/dlrgate/dlrgate/event"
	"github.com/dlrgate/dlrgate/mapping"
)

func BenchmarkNew(b *testing.B) {
	f, r, d := acme()
	b.ReportAllocs()
	for b.Loop() {
		event.New(f, r, d, event.Options{CountryCode: "33"})
	}
}

func BenchmarkAppendJSON(b *testing.B) {
	f, r, d := acme()
	e := event.New(f, r, d, event.Options{})
	dst := make([]byte, 0, 4096)
	b.ReportAllocs()
	for b.Loop() {
		dst = e.AppendJSON(dst[:0], 4211, event.Verdict{Standing: true})
	}
}

func BenchmarkID(b *testing.B) {
	f, _, _ := acme()
	b.ReportAllocs()
	for b.Loop() {
		event.ID(f)
	}
}

func BenchmarkFacts(b *testing.B) {
	f, _, _ := acme()
	dst := f.AppendBinary(nil)
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			dst = f.AppendBinary(dst[:0])
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := event.DecodeFacts(dst); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkSummary(b *testing.B) {
	f, r, d := acme()
	s := event.New(f, r, d, event.Options{}).Summary()
	dst := s.AppendBinary(nil)
	b.Run("append", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			dst = s.AppendBinary(dst[:0])
		}
	})
	b.Run("decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := event.DecodeSummary(dst); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkJudge is Judge and Commit at the default limit, all of it in use.
func BenchmarkJudge(b *testing.B) {
	const limit = 1_000_000
	r := event.NewRecent(limit)
	s := *report("m", "i", mapping.Received, true)
	n := uint64(0)
	judge := func() {
		n++
		binary.LittleEndian.PutUint64(s.Message[:], n)
		s.ID = "rcpt_" + hex.EncodeToString(s.Message[:])
		r.Judge(&s)
		if n%200 == 0 {
			r.Commit()
		}
	}
	for range limit {
		judge()
	}
	b.ReportAllocs()
	for b.Loop() {
		judge()
	}
}
