// Package sqlite keeps the journal in SQLite files of one folder: the engine
// for one machine.
//
// # What is in the folder
//
//	lock               the pid of the process that owns the folder, under flock
//	journal.db         the log and all that is durable, with its -wal and -shm
//	search-DATE.db     the search projection, a file a day; can be removed at
//	                   any time, the journal then builds it again
//
// The folder has mode 0700, the files 0600. Links, and what belongs to another
// user, are not opened.
//
// # What it promises
//
// WAL with synchronous=FULL, which is read back at every open: a Write that
// returned nil was synced. One connection writes; after a failed commit it is
// closed and the log is opened anew, for what a failed sync has left in the
// page cache nobody knows. No read holds a transaction for longer than one
// bounded answer takes, so the WAL stays short; it is copied into the file
// between writes (Tend). A second process gets an error that names the first.
//
// # What it will not do
//
// It does not shrink journal.db: pages that pruning has freed are used again
// and count as free. It does not read journals of newer programs that say they
// cannot be read (readable_since).
package sqlite
