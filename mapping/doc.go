// Package mapping turns a receipt into one of the 19 documented statuses.
//
// It promises: the same receipt under the same Options gives the same Decision;
// a decision names what decided; a number is called removable only when a rule,
// or a code in the operator's named table together with a final failure, says
// so; deciding allocates nothing.
//
// It will not guess: a code means nothing until the operator's configuration
// names the table that it belongs to, and a stat that nothing lists is
// undefined, never a failure.
package mapping

//go:generate go -C ../testdata/decisions run join.go
//go:generate go run gen_docs.go
