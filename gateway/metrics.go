package gateway

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics are the collectors of CONTRACT §5. Label values are names of the
// configuration, statuses and command_status values: all of them bounded.
type metrics struct {
	registry *prometheus.Registry

	bindUp, bindLastReceipt             *prometheus.GaugeVec
	deliverSM                           *prometheus.CounterVec
	deliverSMResponse                   *prometheus.HistogramVec
	receipts, unmapped, conflicts       *prometheus.CounterVec
	duplicates, late, nonReceipts       *prometheus.CounterVec
	unrouted                            prometheus.Counter
	journalCommit                       prometheus.Histogram
	journalSync                         prometheus.Counter
	journalSize, journalFree, searchLag prometheus.Gauge
	attempts                            *prometheus.CounterVec
	forwardSeconds                      *prometheus.HistogramVec
	endpointLag, endpointOldest         *prometheus.GaugeVec
	breakerOpen, endpointDisabled       *prometheus.GaugeVec
	parked, deadLetters                 *prometheus.GaugeVec
	deadLettered                        *prometheus.CounterVec
	certificateExpiry                   *prometheus.GaugeVec
	ends                                sync.Map // when a certificate ends, by peer, as in certificateExpiry
	reloadSuccessful                    prometheus.Gauge
}

// fast are buckets for what should take milliseconds, in seconds.
var fast = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

func newMetrics(version, commit string) *metrics {
	r := prometheus.NewRegistry()
	m := &metrics{
		registry:          r,
		bindUp:            gauges(r, "dlrgate_bind_up", "1 while the bind's session is bound.", "operator", "bind"),
		bindLastReceipt:   gauges(r, "dlrgate_bind_last_receipt_timestamp_seconds", "When the bind's last receipt came.", "operator", "bind"),
		deliverSM:         counters(r, "dlrgate_deliver_sm_total", "deliver_sm and data_sm answered, by command_status.", "operator", "bind", "command_status"),
		deliverSMResponse: histograms(r, "dlrgate_deliver_sm_response_seconds", "From reading a receipt to its answer.", "operator"),
		receipts:          counters(r, "dlrgate_receipts_total", "Receipts stored, by status.", "operator", "status"),
		unmapped:          counters(r, "dlrgate_unmapped_total", "Receipts with a code or stat that no rule or table knows.", "operator"),
		conflicts:         counters(r, "dlrgate_conflicts_total", "Receipts whose TLV and text are in different classes.", "operator"),
		duplicates:        counters(r, "dlrgate_duplicates_total", "Receipts that the operator had sent before.", "operator"),
		late:              counters(r, "dlrgate_late_total", "Non-final receipts that came after a final one.", "operator"),
		nonReceipts:       counters(r, "dlrgate_non_receipts_total", "deliver_sm and data_sm that are no receipts, by what was done.", "operator", "action"),
		unrouted:          counter(r, "dlrgate_unrouted_total", "Receipts that no endpoint's filter wants."),
		journalCommit:     histogram(r, "dlrgate_journal_commit_seconds", "Duration of a commit, sync included."),
		journalSync:       counter(r, "dlrgate_journal_sync_total", "Commits synced to disk."),
		journalSize:       gauge(r, "dlrgate_journal_size_bytes", "Octets that the journal takes."),
		journalFree:       gauge(r, "dlrgate_journal_free_bytes", "Octets that the journal may still take."),
		searchLag:         gauge(r, "dlrgate_search_lag_receipts", "Stored receipts that the search index does not hold yet."),
		attempts:          counters(r, "dlrgate_forward_attempts_total", "POSTs by outcome.", "endpoint", "outcome"),
		forwardSeconds:    histograms(r, "dlrgate_forward_seconds", "Duration of a POST.", "endpoint"),
		endpointLag:       gauges(r, "dlrgate_endpoint_lag_receipts", "Stored receipts that wait for the endpoint.", "endpoint"),
		endpointOldest:    gauges(r, "dlrgate_endpoint_oldest_seconds", "Age of the oldest receipt that waits for the endpoint.", "endpoint"),
		breakerOpen:       gauges(r, "dlrgate_endpoint_breaker_open", "1 while the endpoint is only probed.", "endpoint"),
		endpointDisabled:  gauges(r, "dlrgate_endpoint_disabled", "1 while the endpoint is disabled by 410.", "endpoint"),
		parked:            gauges(r, "dlrgate_parked_receipts", "Deliveries that wait for a later try.", "endpoint"),
		deadLetters:       gauges(r, "dlrgate_dead_letters", "Deliveries given up and not yet retried or dropped.", "endpoint", "class"),
		deadLettered:      counters(r, "dlrgate_dead_lettered_total", "Deliveries given up.", "endpoint", "class"),
		certificateExpiry: gauges(r, "dlrgate_tls_certificate_expiry_timestamp_seconds", "When the peer's certificate ends.", "peer"),
		reloadSuccessful:  gauge(r, "dlrgate_config_last_reload_successful", "1 when the last reload, or the start, was good."),
	}
	build := gauges(r, "dlrgate_build_info", "1, with the version as labels.", "version", "commit")
	build.WithLabelValues(version, commit).Set(1)
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func counters(r prometheus.Registerer, name, help string, labels ...string) *prometheus.CounterVec {
	v := prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	r.MustRegister(v)
	return v
}

func counter(r prometheus.Registerer, name, help string) prometheus.Counter {
	return counters(r, name, help).WithLabelValues()
}

func gauges(r prometheus.Registerer, name, help string, labels ...string) *prometheus.GaugeVec {
	v := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
	r.MustRegister(v)
	return v
}

func gauge(r prometheus.Registerer, name, help string) prometheus.Gauge {
	return gauges(r, name, help).WithLabelValues()
}

func histograms(r prometheus.Registerer, name, help string, labels ...string) *prometheus.HistogramVec {
	v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: fast}, labels)
	r.MustRegister(v)
	return v
}

func histogram(r prometheus.Registerer, name, help string) prometheus.Histogram {
	h := prometheus.NewHistogram(prometheus.HistogramOpts{Name: name, Help: help, Buckets: fast})
	r.MustRegister(h)
	return h
}
