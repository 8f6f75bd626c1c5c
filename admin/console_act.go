package admin

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"go.uber.org/zap"
)

// deed is something that a reader of role admin can do from a page.
type deed struct {
	// ask says what will happen, for deeds that are confirmed before; nil: this
	// one needs no second look.
	ask func(*doer) (question, error)
	// do does it and says what was done.
	do func(*doer) (string, error)
}

// missed is the error of a deed that was done and did not bring what it was for;
// it says so in a sentence, which is shown where the deed was asked for.
type missed string

func (m missed) Error() string { return string(m) }

// doer is one deed being done.
type doer struct {
	Gateway
	*http.Request
}

// field returns a field of the form that was sent.
func (d *doer) field(name string) string { return d.PostFormValue(name) }

// question is asked before a deed.
type question struct {
	What        string
	Consequence []string
	Button      string
	Safe        bool // it can be undone, or harms nothing
}

// deeds are all there are, by the last part of their address.
func deeds() map[string]deed {
	return map[string]deed{
		"reload":       {ask: askReload, do: reload},
		"unbind":       {ask: askUnbind, do: holdBind(true)},
		"bind":         {do: holdBind(false)},
		"pause":        {do: pauseEndpoint(true)},
		"resume":       {do: pauseEndpoint(false)},
		"enable":       {do: enableEndpoint},
		"test":         {do: testEndpoint},
		"forget":       {ask: askForget, do: forgetEndpoint},
		"parked-retry": {do: retryParked},
		"parked-bury":  {ask: askBuryParked, do: buryParked},
		"dead-retry":   {ask: askDead(question{"Send %s again to %s?", []string{"They are sent after all that waits there now."}, "Send them again", true}), do: retryDead},
		"dead-drop": {ask: askDead(question{
			"Drop %s of %s for good?", []string{"The endpoint will never get them. The receipts stay stored and searchable until retention."}, "Drop them", false,
		}), do: dropDead},
		"replay":        {do: replayOne},
		"replay-cancel": {do: cancelReplay},
	}
}

// act does a deed, or asks first; then it leads back to where it was asked for.
func (c *console) act(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("act")
	what, known := deeds()[name]
	gateway, err := c.asks()
	who := callerOf(r.Context())
	switch {
	case !known:
		err = fault{http.StatusNotFound, fmt.Sprintf("there is no act %q", name)}
	case who.role != Admin:
		err = fault{http.StatusForbidden, fmt.Sprintf("token %q is a viewer's: this needs one of role admin", who.name)}
	}
	if err != nil {
		c.problemPage(w, r, err)
		return
	}
	extend(w, long)
	d := &doer{gateway, r}
	if what.ask != nil && d.field("confirmed") == "" {
		c.confirm(w, d, what)
		return
	}
	done, err := what.do(d)
	notice := cookie{noticeCookie, url.QueryEscape(cutNotice(done)), noticeLife}
	acted(c.audit, err, zap.String("token", who.name), zap.String("method", r.Method), zap.String("path", r.URL.Path),
		zap.String("on", strings.TrimSpace(d.field("name")+" "+d.field("id"))))
	if failed := missed(""); errors.As(err, &failed) {
		notice.name, notice.value = failureCookie, url.QueryEscape(cutNotice(string(failed)))
	} else if err != nil {
		c.problemPage(w, r, err)
		return
	}
	c.lookAnew()
	notice.set(w, r)
	http.Redirect(w, r, localPath(d.field("back")), http.StatusSeeOther)
}

// cutNotice keeps a notice within what browsers take as a cookie.
func cutNotice(s string) string {
	const most = 1000 // octets; each may become three
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + " …"
}

// confirm asks, with the same form behind the button.
func (c *console) confirm(w http.ResponseWriter, d *doer, what deed) {
	q, err := what.ask(d)
	if err != nil {
		c.problemPage(w, d.Request, err)
		return
	}
	v := c.viewOf(d.Request, "confirm", "Confirm")
	v.Data = struct {
		question
		Action, Back string
		Fields       url.Values
	}{q, d.URL.Path, localPath(d.field("back")), d.PostForm}
	c.render(w, http.StatusOK, v)
}

func askUnbind(d *doer) (question, error) {
	return question{What: "Unbind " + d.field("name") + "?", Button: "Unbind", Consequence: []string{
		"It stays unbound, over restarts too, until somebody binds it again. Its operator keeps the receipts meanwhile, as long as it keeps any.",
	}}, nil
}

func holdBind(held bool) func(*doer) (string, error) {
	said := map[bool]string{true: "%s is unbound and stays so.", false: "%s binds again."}[held]
	return func(d *doer) (string, error) {
		return fmt.Sprintf(said, d.field("name")), d.HoldBind(d.Context(), d.field("name"), held)
	}
}

func pauseEndpoint(paused bool) func(*doer) (string, error) {
	said := map[bool]string{true: "%s is paused: its receipts wait.", false: "%s gets receipts again."}[paused]
	return func(d *doer) (string, error) {
		return fmt.Sprintf(said, d.field("name")), d.PauseEndpoint(d.Context(), d.field("name"), paused)
	}
}

func enableEndpoint(d *doer) (string, error) {
	return d.field("name") + " is enabled.", d.EnableEndpoint(d.Context(), d.field("name"))
}

func testEndpoint(d *doer) (string, error) {
	name := d.field("name")
	result, err := d.TestEndpoint(d.Context(), name)
	switch {
	case err != nil:
		return "", err
	case result.Taken:
		return fmt.Sprintf("%s took the test event: HTTP %d in %d ms.", name, result.Status, result.TookMS), nil
	}
	said := fmt.Sprintf("%s did not take the test event: %s; %s.", name, result.Reason, result.Advice)
	if result.Answer != "" {
		said += fmt.Sprintf(" It answered: %q", result.Answer)
	}
	return "", missed(said)
}

func askForget(d *doer) (question, error) {
	return question{What: "Forget endpoint " + d.field("name") + "?", Button: "Forget it", Consequence: []string{
		"All that is known of it goes: what waits there, its parked and its dead deliveries. Receipts stay stored.",
	}}, nil
}

func forgetEndpoint(d *doer) (string, error) {
	return d.field("name") + " is forgotten.", d.ForgetEndpoint(d.Context(), d.field("name"))
}
