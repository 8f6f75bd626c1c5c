package sqlite

import (
	"database/sql"
	"net/url"
)

// fileName is the name by which SQLite opens a file. Every name is made here: in
// one that is not, what stands behind a `?` in the path would be settings and
// statements.
func fileName(path string, settings url.Values) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: settings.Encode()}
	return u.String()
}

// openDB prepares connections to a file, each with the pragmas.
func openDB(path string, pragmas ...string) (*sql.DB, error) {
	return sql.Open("sqlite", fileName(path, url.Values{"_pragma": pragmas}))
}
