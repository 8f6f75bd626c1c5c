package dlrgate_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

// logFields are the names that a log line's fields may have, one meaning each,
// so that whoever searches the logs needs one word for a thing. A new one is
// added here, with what it is.
var logFields = map[string]string{
	"operator": "its name", "operators": "how many", "binds": "how many say the same", "others": "of them, but the first", "bind": "operator/account/N",
	"address": "of an SMSC", "endpoint": "its name", "endpoints": "how many", "id": "of a receipt", "replay": "its id",
	"command_id": "of a PDU, by name", "command_status": "of a PDU", "number": "of an unknown command_id", "sequence": "of a PDU",
	"asked": "the command of a request of ours",
	"field": "of a PDU", "state": "of a bind", "reason": "why, in words", "do": "what a person should do", "because": "the cause that was set",
	"last_failure": "of an endpoint", "last_receipt": "when it came", "oldest": "when the oldest waiting receipt came", "newest": "when the newest of the receipts came",
	"receipts": "how many", "stored": "how many", "taken": "how many", "failed": "how many", "sent": "how many", "posts": "how many run",
	"dead_lettered": "how many", "waiting": "how many", "left": "how many", "repeated": "how often, not logged each time",
	"breaker_changes_not_logged": "how often", "errors": "how many", "class": "refused or unreachable", "paused": "is it",
	"next_attempt_in": "duration", "not_bound_for": "duration, of a bind", "attempts": "of a bind since it was bound", "took": "duration", "within": "duration", "silence_alarm": "its limit",
	"token": "the name of one", "method": "of a request", "path": "of a request", "client": "who sent a request, its address", "on": "what an act acts on",
	"connections": "how many may be open", "page": "of the console", "file": "its path", "fault": "of the configuration", "changes": "of a reload",
	"admin": "the address of the admin listener", "version": "of the program", "panic": "what it said", "stack": "where it was",
	"lost_to": "the last position of a stream that was lost", "lost_from": "the first one", "gateway": "its name", "names": "of operators", "silent_for": "duration", "disabled": "is it", "synchronous_standby_names": "of the server",
}

// TestLogFieldsHaveOneName reads the fields of every log line.
func TestLogFieldsHaveOneName(t *testing.T) {
	t.Parallel()
	files := token.NewFileSet()
	seen := map[string]bool{}
	for name := range sourceImports(t) {
		parsed, err := parser.ParseFile(files, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			field, at := zapField(n)
			if field == "" {
				return true
			}
			seen[field] = true
			if logFields[field] == "" {
				t.Errorf("%s: log field %q is not in the table of names", files.Position(at), field)
			}
			return true
		})
	}
	for field := range logFields {
		if !seen[field] {
			t.Errorf("no log line has a field %q", field)
		}
	}
}

// zapField returns the name of a field that a call such as zap.String("bind", b)
// makes, and "" for any other node.
func zapField(n ast.Node) (field string, at token.Pos) {
	call, is := n.(*ast.CallExpr)
	if !is || len(call.Args) != 2 {
		return "", 0
	}
	fn, is := call.Fun.(*ast.SelectorExpr)
	if !is || strings.HasSuffix(fn.Sel.Name, "f") {
		return "", 0
	}
	if pkg, is := fn.X.(*ast.Ident); !is || pkg.Name != "zap" {
		return "", 0
	}
	name, is := call.Args[0].(*ast.BasicLit)
	if !is || name.Kind != token.STRING {
		return "", 0
	}
	field, _ = strconv.Unquote(name.Value)
	return field, name.Pos()
}
