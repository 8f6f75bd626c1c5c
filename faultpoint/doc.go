// Package faultpoint names the moments at which the fault suite has a running
// gateway die, so that the moment stands in the code and not in a timing.
//
// A program built with the tag faultpoints ends itself by SIGKILL at the point
// that the variable DLRGATE_TEST_FAULTPOINT names; in every other build [Here]
// is empty and costs nothing.
package faultpoint

// Point is one moment.
type Point string

// The way of a receipt: committed, offered to the endpoints, answered, handed
// over, posted.
const (
	BeforeCommit   Point = "before-commit"   // receipts have positions, and no transaction
	AfterCommit    Point = "after-commit"    // they are stored, and nobody knows
	BeforeAnswer   Point = "before-answer"   // the endpoints know, the SMSC does not
	BetweenAnswers Point = "between-answers" // some of a group are answered
	HandedOver     Point = "handed-over"     // an endpoint has read them
	BeforePost     Point = "before-post"
	AfterPost      Point = "after-post" // the webhook has them, and we do not know
)

// What is kept of deliveries.
const (
	BeforePark   Point = "before-park"
	AfterPark    Point = "after-park"    // row and cursor are stored, the endpoint goes on as if not
	AmidCursors  Point = "amid-cursors"  // in the transaction that saves them
	AfterCursors Point = "after-cursors" // saved, and not noted as saved
)

// Upkeep of the files.
const (
	BeforeMigration Point = "before-migration" // an empty file
	AfterMigration  Point = "after-migration"  // tables, and no identity of the log yet
	AmidProjection  Point = "amid-projection"  // in the transaction that writes a run of the search projection
	AfterProjection Point = "after-projection" // added, and not noted as added
	AmidPruning     Point = "amid-pruning"     // in the transaction that removes receipts
	AfterPruning    Point = "after-pruning"    // removed, and still in the search files
)

// All returns every point, in the order above.
func All() []Point {
	return []Point{
		BeforeCommit, AfterCommit, BeforeAnswer, BetweenAnswers, HandedOver, BeforePost, AfterPost,
		BeforePark, AfterPark, AmidCursors, AfterCursors,
		BeforeMigration, AfterMigration, AmidProjection, AfterProjection, AmidPruning, AfterPruning,
	}
}
