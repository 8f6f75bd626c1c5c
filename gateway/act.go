package gateway

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"go.uber.org/zap/zapcore"

	"github.com/dlrgate/dlrgate/admin"
	"github.com/dlrgate/dlrgate/forward"
	"github.com/dlrgate/dlrgate/journal"
)

// HoldBind unbinds and keeps the bind so across restarts, or lets it bind again.
func (d desk) HoldBind(ctx context.Context, name string, held bool) error {
	_, operators, _ := d.running()
	var names []string
	for _, op := range operators {
		for _, b := range op.binds.Load().Binds() {
			names = append(names, b.Name)
			if b.Name != name {
				continue
			}
			if !held {
				return known(errors.Join(d.g.journal.DeleteState(ctx, stateHeld, name), op.binds.Load().Bind(name)))
			}
			if err := d.g.journal.PutState(ctx, stateHeld, name, nil); err != nil {
				return known(err)
			}
			return op.binds.Load().Unbind(name)
		}
	}
	return unknown("bind", name, names)
}

// longestAnswer is how much is shown of what an endpoint answered to a test, in
// octets.
const longestAnswer = 200

// TestEndpoint sends one test event now.
func (d desk) TestEndpoint(ctx context.Context, name string) (admin.TestResult, error) {
	e, err := d.endpoint(name)
	if err != nil {
		return admin.TestResult{}, err
	}
	result, err := e.Test(ctx)
	if err != nil {
		return admin.TestResult{}, known(err)
	}
	return admin.TestResult{
		Taken: result.Reason == "", Status: result.Status, Reason: result.Reason, Advice: result.Advice,
		Answer: strings.ToValidUTF8(string(result.Body[:min(longestAnswer, len(result.Body))]), "�"), TookMS: result.Took.Milliseconds(),
	}, nil
}

// PauseEndpoint stops new POSTs, or lets them go on, across restarts.
func (d desk) PauseEndpoint(ctx context.Context, name string, paused bool) error {
	e, err := d.endpoint(name)
	if err != nil {
		return err
	}
	if paused {
		return known(e.Pause(ctx))
	}
	return known(e.Resume(ctx))
}

// EnableEndpoint revives an endpoint that 410 answers disabled, and tries one
// that is down at once.
func (d desk) EnableEndpoint(ctx context.Context, name string) error {
	e, err := d.endpoint(name)
	if err != nil {
		return err
	}
	return known(e.Enable(ctx))
}

// ForgetEndpoint removes all that is known of an endpoint that is no longer
// configured: what waits for it is not delivered.
func (d desk) ForgetEndpoint(ctx context.Context, name string) error {
	ctx, done, err := d.g.turn.take(ctx) // no reload may bring it back meanwhile
	if err != nil {
		return known(err)
	}
	defer done()
	if d.g.endpoints[name] != nil {
		return fmt.Errorf("endpoint %q: %w: it is configured; take it out of the configuration and reload first", name, admin.ErrConflict)
	}
	if err := d.g.journal.Unwanted(ctx, name); err != nil {
		return known(err)
	}
	removed, err := d.removed(ctx)
	if err != nil {
		return err
	}
	if !slices.Contains(removed, name) {
		return unknown("removed endpoint", name, removed)
	}
	replays, err := d.g.journal.State(ctx, forward.ReplayKind)
	if err != nil {
		return known(err)
	}
	for id := range replays {
		if strings.HasPrefix(id, name+"/") {
			err = errors.Join(err, d.g.journal.DeleteState(ctx, forward.ReplayKind, id))
		}
	}
	if err = errors.Join(err, d.forgetDropped(ctx, name), d.g.journal.DeleteState(ctx, forward.StateKind, name)); err == nil {
		err = d.g.journal.Forget(ctx, name) // last: whoever is to try again still finds it
	}
	return known(err)
}

// Reload reads the configuration again and puts it in force, or only says what
// would change. Once begun it is done whether whoever asked waits for it or not:
// half of it would leave operators unbound.
func (d desk) Reload(ctx context.Context, dryRun bool) ([]string, error) {
	if d.g.opts.Reread == nil {
		return nil, fmt.Errorf("%w: this gateway was started without a file that could be read again", admin.ErrUnsupported)
	}
	cfg, faults := d.g.opts.Reread(ctx)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if len(faults) > 0 {
		if !dryRun {
			d.g.reloaded(faulty(faults))
		}
		lines := make([]string, len(faults))
		for i, f := range faults {
			lines[i] = f.String()
		}
		return nil, fmt.Errorf("%w: the configuration has faults, nothing was changed:\n%s", admin.ErrInvalid, strings.Join(lines, "\n"))
	}
	if !dryRun {
		ctx = context.WithoutCancel(ctx)
	}
	plan, err := d.g.Reload(ctx, cfg, dryRun)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", admin.ErrConflict, err)
	}
	return plan, nil
}

// Backup writes a consistent copy of the log into a new folder, or says what
// does.
func (d desk) Backup(ctx context.Context, dir string) (admin.Backup, error) {
	b, err := d.g.journal.Backup(ctx, dir)
	if errors.Is(err, journal.ErrBackupFolder) {
		return admin.Backup{}, fmt.Errorf("%w: dir: %w", admin.ErrInvalid, err)
	}
	if errors.Is(err, fs.ErrPermission) {
		err = fmt.Errorf("%w: choose a folder that the gateway's own user may write to, or give it that of journal.backup_dir", err)
	}
	if err != nil {
		return admin.Backup{}, fmt.Errorf("%w: %w", admin.ErrConflict, err)
	}
	return admin.Backup{Copied: b.Command == "", SchemaVersion: b.SchemaVersion, Command: b.Command, Tool: b.Tool}, nil
}

// LogLevel is the level of the log.
func (d desk) LogLevel() string { return d.g.opts.Log.Level().String() }

// SetLogLevel changes the level until the gateway ends.
func (d desk) SetLogLevel(level string) error {
	l, err := zapcore.ParseLevel(level)
	if err != nil {
		return fmt.Errorf("%w: %w", admin.ErrInvalid, err)
	}
	if d.g.opts.Level == nil {
		return fmt.Errorf("%w: this gateway's log has a fixed level", admin.ErrUnsupported)
	}
	d.g.opts.Level.SetLevel(l)
	return nil
}
