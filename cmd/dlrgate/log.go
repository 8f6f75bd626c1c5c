package main

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode"

	"go.uber.org/zap"
	"go.uber.org/zap/buffer"
	"go.uber.org/zap/zapcore"

	"github.com/dlrgate/dlrgate/config"
)

const (
	// logTime is milliseconds: more of them say nothing that a person or a search
	// could use.
	logTime     = "2006-01-02T15:04:05.000Z07:00"
	consoleTime = "2006-01-02 15:04:05.000"
)

// newLogger writes to standard error as the configuration says; its level can be
// changed later.
func newLogger(c config.Log) (*zap.Logger, *zap.AtomicLevel, error) {
	least, err := zapcore.ParseLevel(c.Level)
	if err != nil {
		return nil, nil, err
	}
	out, _, err := zap.Open("stderr")
	if err != nil {
		return nil, nil, err
	}
	level := zap.NewAtomicLevelAt(least)
	log := zap.New(zapcore.NewCore(newEncoder(c.Format), out, level), zap.ErrorOutput(out))
	return log, &level, nil
}

func newEncoder(format string) zapcore.Encoder {
	keys := zap.NewProductionEncoderConfig()
	keys.TimeKey, keys.CallerKey, keys.StacktraceKey = "time", "", ""
	keys.EncodeTime = zapcore.TimeEncoderOfLayout(logTime)
	keys.EncodeDuration = zapcore.StringDurationEncoder
	if format != "console" {
		return zapcore.NewJSONEncoder(keys)
	}
	keys.TimeKey, keys.LevelKey, keys.NameKey, keys.MessageKey = "", "", "", ""
	return consoleEncoder{zapcore.NewJSONEncoder(keys)}
}

// consoleEncoder writes lines for people: when, how bad, what, and then the fields
// as name=value. The JSON encoder that it wraps collects the fields, in their order.
type consoleEncoder struct{ zapcore.Encoder }

// Clone is what zap copies an encoder with.
func (e consoleEncoder) Clone() zapcore.Encoder { return consoleEncoder{e.Encoder.Clone()} }

// EncodeEntry writes one line.
func (e consoleEncoder) EncodeEntry(entry zapcore.Entry, fields []zapcore.Field) (*buffer.Buffer, error) {
	line, err := e.Encoder.EncodeEntry(entry, fields)
	if err != nil {
		return nil, err
	}
	object := json.NewDecoder(bytes.NewReader(bytes.Clone(line.Bytes())))
	line.Reset()
	line.AppendTime(entry.Time, consoleTime)
	line.AppendString("  " + entry.Level.CapitalString())
	line.AppendString(strings.Repeat(" ", max(1, len("ERROR  ")-len(entry.Level.CapitalString()))))
	line.AppendString(entry.Message)
	if _, err := object.Token(); err != nil {
		return line, err
	}
	for separator := "  "; object.More(); separator = " " {
		name, err := object.Token()
		if err != nil {
			return line, err
		}
		var value json.RawMessage
		if err := object.Decode(&value); err != nil {
			return line, err
		}
		key, _ := name.(string)
		line.AppendString(separator + key + "=" + readable(value))
	}
	line.AppendByte('\n')
	return line, nil
}

// readable is a value without the quotes that it does not need.
func readable(value json.RawMessage) string {
	var text string
	if json.Unmarshal(value, &text) != nil {
		return string(value)
	}
	plain := func(r rune) bool { return r != ' ' && r != '"' && r != '=' && unicode.IsPrint(r) }
	if text == "" || strings.ContainsFunc(text, func(r rune) bool { return !plain(r) }) {
		return strconv.Quote(text)
	}
	return text
}
