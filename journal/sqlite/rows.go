package sqlite

import (
	"database/sql"
	"errors"
	"strings"
	"time"
)

type scanFunc func(dst ...any) error

// scanAll reads all rows of a query and closes it; queryErr is the query's own.
func scanAll[T any](rows *sql.Rows, queryErr error, row func(scan scanFunc) (T, error)) (all []T, err error) {
	if queryErr != nil {
		return nil, queryErr
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		v, err := row(rows.Scan)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// values repeats a row of placeholders n times.
func values(insert, row string, n int) string {
	return insert + strings.Repeat(row+",", n-1) + row
}

// blob never gives NULL.
func blob(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// micros is a time as it is stored; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// fromMicros is the inverse of micros.
func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
