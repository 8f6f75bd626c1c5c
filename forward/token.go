package forward

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// tokens gets OAuth2 client-credentials tokens and keeps the last one while it
// is valid.
type tokens struct {
	config clientcredentials.Config
	client *http.Client

	mu     sync.Mutex
	source oauth2.TokenSource
}

// newTokens returns nil when o has no token URL.
func newTokens(o *Options, t http.RoundTripper) *tokens {
	if o.OAuth2.TokenURL == "" {
		return nil
	}
	return &tokens{
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

// authorization returns the header's value. Its errors wrap errToken and hold
// nothing of what the token server said but its status and error code.
func (t *tokens) authorization() (string, error) {
	t.mu.Lock()
	if t.source == nil {
		t.source = t.config.TokenSource(context.WithValue(context.Background(), oauth2.HTTPClient, t.client))
	}
	source := t.source
	t.mu.Unlock()
	token, err := source.Token()
	if err == nil {
		return token.Type() + " " + token.AccessToken, nil
	}
	var answered *oauth2.RetrieveError
	if errors.As(err, &answered) && answered.Response != nil {
		return "", fmt.Errorf("%w: the token server answered %d", errToken, answered.Response.StatusCode)
	}
	return "", fmt.Errorf("%w: %s", errToken, reasonOf(err))
}

// reject forgets the token: the endpoint answered 401 to it.
func (t *tokens) reject() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.source = nil
}
