package main

import (
	"errors"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// TestLogLines: one line for people, one for programs, neither with nanoseconds.
func TestLogLines(t *testing.T) {
	t.Parallel()
	entry := zapcore.Entry{
		Level: zapcore.WarnLevel, LoggerName: "smpp", Message: "session ended",
		Time: time.Date(2026, 12, 1, 3, 4, 5, 678_901_234, time.UTC),
	}
	fields := []zap.Field{
		zap.String("bind", "acme/gw/1"), zap.String("reason", "connection lost: EOF"), zap.Int("attempts", 3),
		zap.Duration("next_attempt_in", 1500*time.Millisecond), zap.Strings("others", []string{"a", "b c"}),
		zap.String("none", ""), zap.Error(errors.New("two\nlines\u202e")),
	}
	for format, want := range map[string]string{
		"json": `{"level":"warn","time":"2026-12-01T03:04:05.678Z","logger":"smpp","msg":"session ended","operator":"acme","bind":"acme/gw/1",` +
			`"reason":"connection lost: EOF","attempts":3,"next_attempt_in":"1.5s","others":["a","b c"],"none":"","error":"two\nlines` + "\u202e" + `"}`,
		"console": `2026-12-01 03:04:05.678  WARN   session ended  operator=acme bind=acme/gw/1 ` +
			`reason="connection lost: EOF" attempts=3 next_attempt_in=1.5s others=["a","b c"] none="" error="two\nlines\u202e"`,
	} {
		encoder := newEncoder(format).Clone()
		zap.String("operator", "acme").AddTo(encoder)
		line, err := encoder.EncodeEntry(entry, fields)
		if err != nil {
			t.Fatal(err)
		}
		if line.String() != want+"\n" {
			t.Errorf("%s:\ngot  %swant %s", format, line, want)
		}
	}
}
