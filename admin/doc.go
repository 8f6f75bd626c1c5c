// Package admin is what people and programs look at: health, metrics, the JSON
// API and the console, all on one listener.
//
// It promises that no route but health and metrics answers without a token once
// one is set, loopback included; that a wrong token learns nothing but 401; that
// no request can hold a connection for ever or make the gateway read without
// bound; and that every act, and every reveal of a number, is logged with the
// name of the token that asked. It looks on and replays: receipts flow without it.
package admin
