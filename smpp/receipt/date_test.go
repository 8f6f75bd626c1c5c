package receipt

import (
	"testing"
	"time"
)

func TestDates(t *testing.T) {
	t.Parallel()
	const paris = "Europe/Paris"
	for name, test := range map[string]struct {
		date     string
		zone     string
		received string
		want     string // RFC 3339; empty: no time
		problem  bool
	}{
		"10 digits":                        {date: "1002101730", want: "2010-02-10T17:30:00Z"},
		"10 digits in a zone":              {date: "2607190900", zone: paris, want: "2026-07-19T07:00:00Z"},
		"12 digits with seconds":           {date: "150508144058", want: "2015-05-08T14:40:58Z"},
		"12 digits with a long year":       {date: "201506201641", want: "2015-06-20T16:41:00Z"},
		"12 digits that are both":          {date: "200101010030", want: "2020-01-01T01:00:30Z"},
		"14 digits":                        {date: "20260905143012", want: "2026-09-05T14:30:12Z"},
		"17 digits":                        {date: "20260905143012345", want: "2026-09-05T14:30:12.345Z"},
		"8 digits":                         {date: "20260101", want: "2026-01-01T00:00:00Z"},
		"8 and 4 digits":                   {date: "20260101 1530", want: "2026-01-01T15:30:00Z"},
		"6 and 6 digits":                   {date: "260101 153059", want: "2026-01-01T15:30:59Z"},
		"SMPP absolute, ahead":             {date: "150508144058304+", zone: paris, want: "2015-05-08T13:40:58.3Z"},
		"SMPP absolute, behind":            {date: "150508144058008-", want: "2015-05-08T16:40:58Z"},
		"SMPP absolute without tenths":     {date: "15050814405804+", want: "2015-05-08T13:40:58Z"},
		"15 digits with milliseconds":      {date: "260901010100123", want: "2026-09-01T01:01:00.123Z"},
		"15 digits in a zone":              {date: "260901010100123", zone: paris, want: "2026-08-31T23:01:00.123Z"},
		"15 digits, no quarters":           {date: "150508144058004", want: "2015-05-08T14:40:58.004Z"},
		"15 digits that are no date":       {date: "261301010100123", problem: true},
		"16 digits":                        {date: "2026090101010012", problem: true},
		"18 digits":                        {date: "202609010101001234", problem: true},
		"19 digits":                        {date: "1590075164123456789", problem: true},
		"13 digits that are no seconds":    {date: "2609010101001", problem: true},
		"13 digits that are both":          {date: "1801010101123", problem: true},
		"13 digits, received then":         {date: "1801010101123", received: "2027-01-27T00:00:00Z", want: "2027-01-27T00:35:01.123Z"},
		"13 digits, received otherwise":    {date: "1801010101123", received: "2018-01-01T01:02:00Z", problem: true},
		"10 digits with a long year":       {date: "2026112310", problem: true},
		"10 digits, long year, received":   {date: "2026112310", received: "2026-11-23T10:00:00Z", problem: true},
		"11 digits with a long year":       {date: "20261123101", problem: true},
		"14 digits with a short year":      {date: "26090101010012", problem: true},
		"12 digits and a fraction":         {date: "260901010100.123", problem: true},
		"14 digits and a fraction":         {date: "20260901010100.123", problem: true},
		"SMPP absolute, 60 quarters":       {date: "150508144058060+", problem: true},
		"SMPP relative":                    {date: "000000002000000R", problem: true},
		"ISO with a blank":                 {date: "2021-03-04 10:11:12", want: "2021-03-04T10:11:12Z"},
		"ISO without seconds, in a zone":   {date: "2021-03-04 10:11", zone: paris, want: "2021-03-04T09:11:00Z"},
		"ISO with T and Z":                 {date: "2021-03-04T10:11:12Z", zone: paris, want: "2021-03-04T10:11:12Z"},
		"ISO with an offset":               {date: "2021-03-04T10:11:12+05:30", want: "2021-03-04T04:41:12Z"},
		"ISO with an offset, no colon":     {date: "2021-03-04 10:11:12 +0530", want: "2021-03-04T04:41:12Z"},
		"ISO with a fraction":              {date: "2021-03-04T10:11:12.25", want: "2021-03-04T10:11:12.25Z"},
		"ISO with slashes":                 {date: "2021/03/04 10:11:12 UTC", zone: paris, want: "2021-03-04T10:11:12Z"},
		"ISO day":                          {date: "2021-03-04", want: "2021-03-04T00:00:00Z"},
		"ISO of digits with an offset":     {date: "20210304101112+0100", want: "2021-03-04T09:11:12Z"},
		"ISO, basic":                       {date: "20210304T101112", zone: paris, want: "2021-03-04T09:11:12Z"},
		"ISO, basic, with a zone":          {date: "20210304T101112Z", zone: paris, want: "2021-03-04T10:11:12Z"},
		"as C and Java print it":           {date: "Wed Nov 15 10:00:05 UTC 2023", zone: paris, want: "2023-11-15T10:00:05Z"},
		"in the zone's own summer time":    {date: "Thu Jun 15 10:00:05 CEST 2023", zone: paris, want: "2023-06-15T08:00:05Z"},
		"in a zone that is not known":      {date: "Wed Nov 15 10:00:05 XYZ 2023", zone: paris, problem: true},
		"as JavaScript prints it":          {date: "Wed Nov 15 2023 10:00:05 GMT+0100", want: "2023-11-15T09:00:05Z"},
		"as mail has it":                   {date: "Wed, 15 Nov 2023 10:00:05 GMT", want: "2023-11-15T10:00:05Z"},
		"as C prints it, without a zone":   {date: "Wed Nov  5 10:00:05 2023", zone: paris, want: "2023-11-05T09:00:05Z"},
		"seconds since 1970":               {date: "1590075164", want: "2020-05-21T15:32:44Z"},
		"milliseconds since 1970":          {date: "1590075164123", want: "2020-05-21T15:32:44.123Z"},
		"both, received then":              {date: "1801010101", received: "2027-01-27T00:00:00Z", want: "2027-01-27T00:35:01Z"},
		"both, received at the other time": {date: "1801010101", received: "2018-01-02T00:00:00Z", want: "2018-01-01T01:01:00Z"},
		"both, read later":                 {date: "1801010101", received: "2030-01-01T00:00:00Z", want: "2018-01-01T01:01:00Z"},
		"both, no clock":                   {date: "1801010101", want: "2018-01-01T01:01:00Z"},
		"hour that comes twice":            {date: "2610250230", zone: paris, want: "2026-10-25T01:30:00Z"},
		"hour before it":                   {date: "2610250130", zone: paris, want: "2026-10-24T23:30:00Z"},
		"hour that comes twice, ISO":       {date: "2026-10-25 02:30:00", zone: paris, want: "2026-10-25T01:30:00Z"},
		"hour that does not come":          {date: "2603290230", zone: paris, problem: true},
		"hour after it":                    {date: "2603290300", zone: paris, want: "2026-03-29T01:00:00Z"},
		"leap day":                         {date: "2402291200", want: "2024-02-29T12:00:00Z"},
		"no leap year":                     {date: "2502291200", problem: true},
		"month 13":                         {date: "20261301", problem: true},
		"hour 24":                          {date: "20260101240000", problem: true},
		"minute 60":                        {date: "20260101236000", problem: true},
		"year 9999":                        {date: "99991231235959", problem: true},
		"day 31 of a short month":          {date: "2604311200", problem: true},
		"day 32":                           {date: "2601321200", problem: true},
		"zeros":                            {date: "0000000000"},
		"zeros, ISO":                       {date: "0000-00-00 00:00:00"},
		"empty":                            {date: ""},
		"a word":                           {date: "whenever", problem: true},
		"letters inside":                   {date: "150701adsfas1202", problem: true},
		"11 digits":                        {date: "21030410111", problem: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := &Dialect{SubmitZone: time.UTC}
			if test.zone != "" {
				d.DoneZone = zone(t, test.zone)
			}
			in := &Input{ESMClass: esmReceipt, Body: []byte("id:1 done date:" + test.date + " stat:DELIVRD")}
			if test.received != "" {
				in.ReceivedAt = instant(t, test.received)
			}
			r := d.Parse(in)
			if r.DoneDate.Value != test.date {
				t.Errorf("done date %q, want %q", r.DoneDate.Value, test.date)
			}
			if want := instant(t, test.want); !r.DoneAt.Equal(want) {
				t.Errorf("done at %v, want %v", r.DoneAt, want)
			}
			if got := len(r.Problems) > 0; got != test.problem {
				t.Errorf("problems %q, want any: %v", r.Problems, test.problem)
			}
		})
	}
}

// TestZonesDiffer: submit and done date have zones of their own.
func TestZonesDiffer(t *testing.T) {
	t.Parallel()
	d := &Dialect{SubmitZone: zone(t, "Asia/Shanghai")}
	r := d.Parse(&Input{ESMClass: esmReceipt, Body: []byte("submit date:2407191705 done date:2407190905")})
	if want := instant(t, "2024-07-19T09:05:00Z"); !r.SubmittedAt.Equal(want) || !r.DoneAt.Equal(want) {
		t.Errorf("submitted %v, done %v, want both %v", r.SubmittedAt, r.DoneAt, want)
	}
}

func TestDateLayouts(t *testing.T) {
	t.Parallel()
	d := &Dialect{
		SubmitZone:  zone(t, "Europe/Paris"),
		DateLayouts: []string{"200601021504", "02 Jan 2006 15:04:05", "02/01/06 15:04 -0700", "02.01.06 15:04 MST"},
	}
	for name, test := range map[string]struct{ date, want string }{
		"before the general forms": {"200101010030", "2000-12-31T23:30:00Z"},
		"of several words":         {"04 Mar 2021 10:11:12", "2021-03-04T09:11:12Z"},
		"with a zone of its own":   {"04/03/21 10:11 +0000", "2021-03-04T10:11:00Z"},
		"with an abbreviation":     {"04.07.21 10:11 CEST", "2021-07-04T08:11:00Z"},
		"general form still":       {"2103041011", "2021-03-04T09:11:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := d.Parse(&Input{ESMClass: esmReceipt, Body: []byte("id:1 submit date:" + test.date + " done date:x stat:DELIVRD")})
			if r.SubmitDate.Value != test.date || r.Stat.Value != "DELIVRD" {
				t.Errorf("submit date %q, stat %q, want %q, DELIVRD", r.SubmitDate.Value, r.Stat.Value, test.date)
			}
			if want := instant(t, test.want); !r.SubmittedAt.Equal(want) {
				t.Errorf("submitted at %v, want %v", r.SubmittedAt, want)
			}
		})
	}
}

// instant reads RFC 3339; empty is the zero time.
func instant(t testing.TB, s string) time.Time {
	t.Helper()
	if s == "" {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}
