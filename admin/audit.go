package admin

import (
	"net/http"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// auditOf returns the log of who acted and who saw numbers. Its lines are
// written at whatever level the log is, or an act that raises the level would
// hide itself and all that follow.
func auditOf(log *zap.Logger) *zap.Logger {
	return log.Named("admin").WithOptions(zap.WrapCore(func(c zapcore.Core) zapcore.Core { return everyLevel{c} }))
}

// acted writes who acted. What was asked for in vain says so: a name that was
// mistyped changed nothing.
func acted(audit *zap.Logger, err error, fields ...zap.Field) {
	what := "act"
	switch {
	case err == nil:
	case statusOf(err) < http.StatusInternalServerError:
		what = "act refused"
	default:
		what = "act failed"
	}
	audit.Info(what, append(fields, zap.Error(err))...)
}

// everyLevel writes what its core would leave out for its level.
type everyLevel struct{ zapcore.Core }

func (e everyLevel) Enabled(zapcore.Level) bool { return true }

func (e everyLevel) With(fields []zapcore.Field) zapcore.Core { return everyLevel{e.Core.With(fields)} }

func (e everyLevel) Check(line zapcore.Entry, to *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	return to.AddCore(line, e.Core)
}
