package forward

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// tokens gets OAuth2 client-credentials tokens and keeps the last one while it
// is valid.
type tokens struct {
	config clientcredentials.Config
	client *http.Client

	turn  chan struct{} // one place: whoever has it reads and changes token
	token *oauth2.Token // the last one
}

// newTokens returns nil when o has no token URL.
func newTokens(o *Options, t http.RoundTripper) *tokens {
	if o.OAuth2.TokenURL == "" {
		return nil
	}
	return &tokens{
		turn: make(chan struct{}, 1),
		config: clientcredentials.Config{
			ClientID:     o.OAuth2.ClientID,
			ClientSecret: o.OAuth2.ClientSecret,
			TokenURL:     o.OAuth2.TokenURL,
			Scopes:       o.OAuth2.Scopes,
		},
		client: &http.Client{
			Transport:     t,
			Timeout:       o.Timeout,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// authorization returns the header's value; when ctx ends it waits no longer. Its
// errors wrap errToken and hold nothing of what the token server said but its
// status and error code.
func (t *tokens) authorization(ctx context.Context) (string, error) {
	token, err := t.get(ctx)
	if err == nil {
		return header(token), nil
	}
	var answered *oauth2.RetrieveError
	if errors.As(err, &answered) && answered.Response != nil {
		return "", fmt.Errorf("%w: the token server answered %d", errToken, answered.Response.StatusCode)
	}
	return "", fmt.Errorf("%w: %s", errToken, reasonOf(err))
}

// get returns the last token, or another one when it is no longer valid.
func (t *tokens) get(ctx context.Context) (*oauth2.Token, error) {
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if t.token.Valid() {
		return t.token, nil
	}
	token, err := t.config.Token(context.WithValue(ctx, oauth2.HTTPClient, t.client))
	if err == nil {
		t.token = token
	}
	return token, err
}

func header(t *oauth2.Token) string { return t.Type() + " " + t.AccessToken }

// reject forgets the token that the endpoint answered 401 to, unless there is
// another one already: several POSTs under way may have had it.
func (t *tokens) reject(ctx context.Context, authorization string) {
	select {
	case t.turn <- struct{}{}:
		if t.token != nil && header(t.token) == authorization {
			t.token = nil
		}
		<-t.turn
	case <-ctx.Done():
	}
}
