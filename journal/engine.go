package journal

import (
	"context"
	"time"
)

// Engine keeps the journal's rows. Processes that share them are members; whoever
// takes a stream over from a member whose lease has ended expels it: whatever that
// one writes from then on, by any method, gets ErrFenced, until Renew has made it a
// new member, which holds nothing.
// The journal calls the methods that change
// something one at a time, the others from any goroutine beside them; none
// gets a context that a caller of the journal could end in the middle of a
// commit.
type Engine interface {
	// Beat tells the other processes that share the journal that this one lives, and
	// which endpoints it has, and returns what all of them have said last. Any
	// goroutine may call it.
	Beat(ctx context.Context, endpoints []string) ([]Member, error)
	// Acquire tries to own the streams of the operators, gives a stream to a
	// new name, and returns a lease for each that it could get; a stream that
	// is owned here already keeps its epoch. What another process owns is left
	// out and is no error.
	Acquire(ctx context.Context, operators []string) ([]Lease, error)
	// Renew returns, of the leases, those that still hold, with Last and Until
	// brought up to date from what is stored. After a failed Write it also
	// makes the engine ready to write again.
	Renew(ctx context.Context, leases []Lease) ([]Lease, error)
	// Release gives streams back, so that others need not wait for Until.
	Release(ctx context.Context, leases []Lease) error

	// Write stores the batch durably in one transaction, or nothing of it. It
	// may be given the same batch again; what is there already is success.
	// The Swaps that were not done are marked so, and the rest is written all the same.
	// Errors: ErrFenced, ErrData and ErrAgain; after ErrFull or any other the
	// journal calls Renew before it writes again.
	Write(ctx context.Context, b *Batch) error
	// Forget removes in one transaction some of what is known of an endpoint,
	// beginning where the call before ended, and returns where it ended; done:
	// nothing is left. It takes some ms. The cursors go last: what was not
	// finished is found by them. It may be called again from the beginning.
	Forget(ctx context.Context, endpoint string, from Forgotten) (upto Forgotten, done bool, err error)
	// Tend is called between writes, for work that must not run beside them:
	// a checkpoint, a step of a backup. It takes some ms; more asks to be
	// called again soon, even when nothing is written.
	Tend(ctx context.Context) (more bool, err error)

	// Entries returns the stored entries of one stream within the span, in order.
	Entries(ctx context.Context, s Span) ([]*Entry, error)
	// Operators returns the operators of all streams.
	Operators(ctx context.Context) ([]string, error)
	// Cursors returns the cursors of all endpoints in all streams: they may be a
	// hundred thousand. CursorsIn returns those in one stream.
	Cursors(ctx context.Context) ([]Cursor, error)
	CursorsIn(ctx context.Context, s Stream) ([]Cursor, error)
	// Endpoints returns the names of those that have cursors.
	Endpoints(ctx context.Context) ([]string, error)
	// Parked and Dead return what matches, see the queries for the order.
	Parked(ctx context.Context, q ParkedQuery) ([]Parked, error)
	Dead(ctx context.Context, q DeadQuery) ([]Dead, error)
	// Counts counts the parked and dead deliveries of the endpoints by class, nil is
	// all; those that have none may be left out.
	Counts(ctx context.Context, endpoints []string) (map[string]Counts, error)
	// Unfinished returns what is parked or dead beyond the endpoints' stored
	// cursors.
	Unfinished(ctx context.Context, endpoints []string) ([]Unfinished, error)
	// Attempts returns failed attempts, newest first; "" is every endpoint,
	// position 0 every receipt.
	Attempts(ctx context.Context, endpoint string, p Position, limit int) ([]Attempt, error)
	// Passed tells from the cursor's saves, of which none is before since,
	// when the endpoint's cursor passed the position.
	Passed(ctx context.Context, endpoint string, p Position, since time.Time) (after, until time.Time, err error)
	// Replays returns how often each of the receipts was replayed to the
	// endpoint; ids without a replay are left out.
	Replays(ctx context.Context, endpoint string, ids []string) (map[string]int, error)
	// State returns the values of a kind by their names.
	State(ctx context.Context, kind string) (map[string][]byte, error)
	// Space returns what the journal uses and could still use.
	Space(ctx context.Context) (Space, error)
	// Backup writes a consistent copy of the log into a folder, while writes
	// and calls of Tend go on, or says what does.
	Backup(ctx context.Context, dir string) (Backup, error)
	// Index returns the search projection.
	Index() Index
	// Close ends the engine; leases are released before.
	Close() error
}

// Backup is what a backup came to.
type Backup struct {
	// SchemaVersion is the version of the log's schema.
	SchemaVersion int
	// Command copies the log, where the engine does not do it itself; "": it is
	// copied. Tool says which program the command needs.
	Command, Tool string
}

// Index is the search projection: it finds positions by terms. It lies behind
// the log and can be rebuilt from it at any time, so it need not be as durable;
// but it never holds less than Indexed says.
type Index interface {
	// Indexed returns the position in the stream up to which everything from
	// first on is indexed; At(s, 0) at the least.
	Indexed(ctx context.Context, first Position) (Position, error)
	// Add stores the rows of one stream's entries in one transaction.
	Add(ctx context.Context, b IndexBatch) error
	// Find returns the newest positions of the query, newest first, each once.
	Find(ctx context.Context, q IndexQuery) ([]Position, error)
	// Remove forgets rows, and leaves nothing of their keys to be found.
	Remove(ctx context.Context, rows []IndexRow) error
	// Trim forgets what lies before the streams' first kept positions, where
	// that is cheap.
	Trim(ctx context.Context, first map[Stream]Position) error
}

// Lease is the right to be the one writer of a stream.
type Lease struct {
	Operator string
	Stream   Stream
	// Epoch rises with every change of owner; writes under an old one get ErrFenced.
	Epoch uint64
	// Last is the highest position ever given in the stream: of the stream's
	// own row, the log and every cursor.
	Last Position
	// New: the stream was made by this call of Acquire.
	New bool
	// From is the member that this call of Acquire took the stream from, as its
	// lease had ended, and Silent how long it had not renewed it; "": from nobody.
	From   string
	Silent time.Duration
	// Until is when the lease ends unless it is renewed, on the clock of this
	// process and counted from before the request was sent; zero is never.
	Until time.Time
}

// Batch is what one transaction changes. Everything in it can be written twice
// with the same result.
type Batch struct {
	// Leases of the streams that the batch touches: if one is not held any
	// more the answer is ErrFenced and nothing changes.
	Leases []Lease
	// Entries in order, each stream's contiguous after its lease's Last. The
	// stream's last position is raised with them. An entry that is there
	// already with the same id is success, with another id an error.
	Entries []*Entry
	// Cursors are set as they say; SavedAt goes into the history.
	Cursors  []Cursor
	Parked   []Parked // replace those of the same endpoint and position
	Unparked []Delivered
	// Dead replace those of the same endpoint and From; their IDs are given by
	// the engine. Parked deliveries within one are removed.
	Dead     []Dead
	DropDead []int64
	// DeadCounts set how many deliveries dead ranges hold, if they are there.
	DeadCounts []DeadCount
	// Attempts are kept as Attempt says; the held ones of what is Unparked and of
	// DropDead go with it, but of what is Dead in the same batch.
	Attempts []Attempt
	Replays  []Replay
	State    []StateValue
	Swaps    []*Swap
	// Prune removes entries.
	Prune []Span
	// Erase removes entries with their parked and single dead deliveries, their
	// attempts and replays, and leaves nothing of their octets to be found in
	// the engine's files, once readers that began before have ended.
	Erase []Position
}

// DeadCount is how many deliveries the dead letter of that ID holds.
type DeadCount struct {
	ID    int64
	Count int
}

// Forgotten is how far an endpoint is forgotten; zero is the beginning. The
// fields are as the engine needs them.
type Forgotten struct {
	Step   int
	Stream Stream
	At     int64
	ID     string
}

// Unfinished are deliveries of one stream, From up to and with To.
type Unfinished struct {
	Endpoint string
	From, To Position
}

// Delivered names one receipt at one endpoint.
type Delivered struct {
	Endpoint string
	Position Position
}

// Replay is how often a receipt was replayed to an endpoint.
type Replay struct {
	Endpoint, ID string
	N            int
}

// StateValue is one durable small value; nil removes it.
type StateValue struct {
	Kind, Name string
	Value      []byte
}

// Span is a part of one stream: the positions above After, up to and with Upto.
type Span struct {
	After, Upto Position
	// Max entries and MaxBytes octets of them are read, but at least one entry.
	// In a Prune they mean nothing.
	Max, MaxBytes int
	// Newest reads from the end, newest first.
	Newest bool
	// Brief leaves out Raw and Event, most of an entry's octets.
	Brief bool
}

// ParkedQuery finds parked deliveries, in the order of NextTry when Due is set,
// else by position.
type ParkedQuery struct {
	Endpoint string    // "": all
	Due      time.Time // NextTry not after it; zero: all
	// After and Upto bound the positions; Upto 0 is open.
	After, Upto Position
	Streams     []Stream // none: all
	Limit       int
}

// DeadQuery finds dead letters, by their ids or, with Upto set, those that
// overlap the positions above After up to Upto.
type DeadQuery struct {
	Endpoint    string // "": all
	IDs         []int64
	AfterID     int64
	After, Upto Position
	Limit       int
}

// Space is what the journal takes from its disk, in octets.
type Space struct {
	Used, Free int64
	// Receipts is the part of Used that pruning gives back; the rest are working
	// files and the search projection.
	Receipts int64
	Syncs    int64 // syncs of the log since the start
}

// IndexBatch is what the index learns at once: the rows of all entries of one
// stream above After up to and with Upto, the first of which came at At.
type IndexBatch struct {
	After, Upto Position
	At          time.Time
	Rows        []IndexRow
}

// IndexRow says that a term finds the entry at a position.
type IndexRow struct {
	Term
	Position Position
}

// IndexQuery finds the newest positions of one stream, above After up to and
// with Upto, that any of the keys finds.
type IndexQuery struct {
	Kind        string
	Keys        []string
	After, Upto Position
	Limit       int
}
