package receipt

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// want is the fields that are present, by name, and the extras.
type want map[string]string

func TestText(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		body  string
		want  want
		extra []Extra
	}{
		"keys in any case": {
			body: "Id:1 Sub:001 DLVRD:001 Stat:DELIVRD eRR:0",
			want: want{"id": "1", "sub": "001", "dlvrd": "001", "stat": "DELIVRD", "err": "0"},
		},
		"blanks around the colon": {
			body: "id : 1 submit date : 2101041522 stat : DELIVRD err :0 text : a : b",
			want: want{"id": "1", "submit_date": "2101041522", "stat": "DELIVRD", "err": "0", "text": "a : b"},
		},
		"spellings of the dates": {
			body: "id:1 Submit_Date:2101041522 DoneDate:2101041523",
			want: want{"id": "1", "submit_date": "2101041522", "done_date": "2101041523"},
		},
		"dates with a hyphen and two blanks": {
			body: "submit-date:2101041522 done  date:2101041523",
			want: want{"submit_date": "2101041522", "done_date": "2101041523"},
		},
		"first occurrence wins": {
			body: "id:1 stat:DELIVRD id:2 stat:UNDELIV",
			want: want{"id": "1", "stat": "DELIVRD"},
		},
		"key glued to a sign": {
			body: "4790000000Alert^id:1 stat:DELIVRD",
			want: want{"id": "1", "stat": "DELIVRD"},
		},
		"key glued to digits": {
			body: "id:123sub:001dlvrd:001submit date:2101041522donedate:2101041523stat:DELIVRD err:000text:x",
			want: want{
				"id": "123", "sub": "001", "dlvrd": "001", "submit_date": "2101041522",
				"done_date": "2101041523", "stat": "DELIVRD", "err": "000", "text": "x",
			},
		},
		"key glued to a letter is none": {
			body: "please resubmit:now grid:5 sub_id:7",
			want: want{},
			extra: []Extra{
				{Key: "resubmit", Value: "now"}, {Key: "grid", Value: "5"}, {Key: "sub_id", Value: "7"},
			},
		},
		"separated by commas": {
			body: "id:1,sub:001,stat:DELIVRD,err:000,text:a,b;c",
			want: want{"id": "1", "sub": "001", "stat": "DELIVRD", "err": "000", "text": "a,b;c"},
		},
		"separated by semicolons, with a vendor's word": {
			body:  "id:1; stat:DELIVRD; err:000;mccmnc:20801;price:0.02",
			want:  want{"id": "1", "stat": "DELIVRD", "err": "000"},
			extra: []Extra{{Key: "mccmnc", Value: "20801"}, {Key: "price", Value: "0.02"}},
		},
		"quoted": {
			body: `id:"1" stat:'DELIVRD' text:"said"`,
			want: want{"id": "1", "stat": "DELIVRD", "text": `"said"`},
		},
		"lines": {
			body: "id:1\r\nstat:DELIVRD\r\nerr:000\r\ntext:a\r\nb\r\n",
			want: want{"id": "1", "stat": "DELIVRD", "err": "000", "text": "a\r\nb"},
		},
		"tabs": {
			body: "id:1\tstat:\tDELIVRD\terr:000",
			want: want{"id": "1", "stat": "DELIVRD", "err": "000"},
		},
		"no-break spaces": {
			body: "id:1\xa0stat:\xa0DELIVRD\xa0err:000",
			want: want{"id": "1", "stat": "DELIVRD", "err": "000"},
		},
		"NULs between fields": {
			body: "\x00id:1\x00stat:DELIVRD\x00\x00err:000\x00",
			want: want{"id": "1", "stat": "DELIVRD", "err": "000"},
		},
		"control characters between fields": {
			body: "\x02id:1\x1fsub:001\x1fstat:DELIVRD\x1ferr:000",
			want: want{"id": "1", "sub": "001", "stat": "DELIVRD", "err": "000"},
		},
		"signs inside an id": {
			body: "id:a.b-c@d_e:f/g+h stat:DELIVRD",
			want: want{"id": "a.b-c@d_e:f/g+h", "stat": "DELIVRD"},
		},
		"the key inside its own value": {
			body: "id:urn:id:5 stat:DELIVRD",
			want: want{"id": "urn:id:5", "stat": "DELIVRD"},
		},
		"colon inside the state": {
			body: "id:1 stat:RT:0148 err:MK:0001",
			want: want{"id": "1", "stat": "RT:0148", "err": "MK:0001"},
		},
		"blank before a state with a colon": {
			body: "id:1 stat: mk:0001 err: MK:0001",
			want: want{"id": "1", "stat": "mk:0001", "err": "MK:0001"},
		},
		"empty err before a vendor's word": {
			body:  "id:1 stat:DELIVRD err: mccmnc:20801 text:",
			want:  want{"id": "1", "stat": "DELIVRD", "err": "", "text": ""},
			extra: []Extra{{Key: "mccmnc", Value: "20801"}},
		},
		"words in err": {
			body: "id:1 err:ESME_RSUBMITFAIL stat:ACK/ text:",
			want: want{"id": "1", "err": "ESME_RSUBMITFAIL", "stat": "ACK/", "text": ""},
		},
		"dots in err": {
			body: "id:1 err:... stat:UNDELIV",
			want: want{"id": "1", "err": "...", "stat": "UNDELIV"},
		},
		"vendor's empty words": {
			body:  "err:001 IMSI: MSC: ORN:VipNet MCCMNC:",
			want:  want{"err": "001"},
			extra: []Extra{{Key: "IMSI"}, {Key: "MSC"}, {Key: "ORN", Value: "VipNet"}, {Key: "MCCMNC"}},
		},
		"an address is no word": {
			body:  "id:1 see http://a.example/b url:http://c.example",
			want:  want{"id": "1"},
			extra: []Extra{{Key: "url", Value: "http://c.example"}},
		},
		"misspelt keys": {
			body:  "i:1 sat:DELIVRD sub:001",
			want:  want{"sub": "001"},
			extra: []Extra{{Key: "i", Value: "1"}, {Key: "sat", Value: "DELIVRD"}},
		},
		"text imitates fields": {
			body: "id:1 stat:DELIVRD err:000 text:new stat:UNDELIV id:2 err:9",
			want: want{"id": "1", "stat": "DELIVRD", "err": "000", "text": "new stat:UNDELIV id:2 err:9"},
		},
		"text imitates a missing id": {
			body: "stat:DELIVRD err:000 text:your id:2",
			want: want{"stat": "DELIVRD", "err": "000", "text": "your id:2"},
		},
		"text with its key twice": {
			body: "stat:DELIVRD text:Text:hello",
			want: want{"stat": "DELIVRD", "text": "Text:hello"},
		},
		"empty text before other fields": {
			body: "id:1 text: stat:DELIVRD err:000",
			want: want{"id": "1", "text": "", "stat": "DELIVRD", "err": "000"},
		},
		"text before the state": {
			body: "id:1 text:hello world stat:DELIVRD err:000",
			want: want{"id": "1", "text": "hello world", "stat": "DELIVRD", "err": "000"},
		},
		"text before the dates and the state": {
			body: "id:1 sub:001 text:hello submit date:2401010000 done date:2401010001 stat:DELIVRD err:000",
			want: want{
				"id": "1", "sub": "001", "text": "hello", "submit_date": "2401010000",
				"done_date": "2401010001", "stat": "DELIVRD", "err": "000",
			},
		},
		"text first": {
			body: "message text:0A1B sub:001 stat:DELIVRD text:x",
			want: want{"text": "0A1B", "sub": "001", "stat": "DELIVRD"},
		},
		"text without its key": {
			body: "id:1 stat:DELIVRD err:000 DELIVRD of REJECTD goods",
			want: want{"id": "1", "stat": "DELIVRD", "err": "000"},
		},
		"bare state": {
			body: "id:1 done date:2101041523 UNDELIV err:000 text:EXPIRED",
			want: want{"id": "1", "done_date": "2101041523", "stat": "UNDELIV", "err": "000", "text": "EXPIRED"},
		},
		"bare state behind an empty date": {
			body: "id:1 done date: DELIVRD err:000",
			want: want{"id": "1", "done_date": "", "stat": "DELIVRD", "err": "000"},
		},
		"bare state in a sentence": {
			body: "Your message was DELIVERED",
			want: want{},
		},
		"dates of two words": {
			body: "submit date:210304 101112 done date:2021/03/04 10:11 UTC stat:DELIVRD",
			want: want{"submit_date": "210304 101112", "done_date": "2021/03/04 10:11 UTC", "stat": "DELIVRD"},
		},
		"a date and a number are two words": {
			body: "done date:2101041523 000 stat:DELIVRD",
			want: want{"done_date": "2101041523", "stat": "DELIVRD"},
		},
		"nothing":     {body: "", want: want{}},
		"only colons": {body: ":::: : :", want: want{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := (&Dialect{}).Parse(&Input{ESMClass: esmReceipt, Body: []byte(test.body)})
			if diff := cmp.Diff(map[string]string(test.want), fields(r)); diff != "" {
				t.Errorf("fields (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(test.extra, r.Extra); diff != "" {
				t.Errorf("extra (-want +got):\n%s", diff)
			}
		})
	}
}

func TestExtraIsBounded(t *testing.T) {
	t.Parallel()
	var body strings.Builder
	for i := range 1000 {
		body.WriteString(" w" + strings.Repeat("x", i%200) + ":1")
	}
	r := (&Dialect{}).Parse(&Input{ESMClass: esmReceipt, Body: []byte(body.String())})
	if len(r.Extra) != maxExtra {
		t.Errorf("%d extras, want %d", len(r.Extra), maxExtra)
	}
}

func TestCharset(t *testing.T) {
	t.Parallel()
	const text = "id:1 stat:DELIVRD text:Größe ☃"
	for name, test := range map[string]struct {
		body   []byte
		coding byte
		want   string
		isText bool
	}{
		"ASCII":                      {body: []byte("id:1"), want: "id:1", isText: true},
		"ASCII said to be UCS2":      {body: []byte("id:1 stat:DELIVRD"), coding: 8, want: "id:1 stat:DELIVRD", isText: true},
		"Latin-1":                    {body: []byte("text:Gr\xf6\xdfe"), want: "text:Größe", isText: true},
		"octets of no character set": {body: []byte("text:\x84H\x89"), want: "text:\u0084H\u0089", isText: true},
		"UTF-8":                      {body: []byte(text), want: text, isText: true},
		"UTF-8 cut in a character":   {body: []byte("text:ö\xe2\x98"), want: "text:ö\ufffd", isText: true},
		"UTF-8 with its mark":        {body: []byte("\ufeffid:1"), want: "id:1", isText: true},
		"one cut character":          {body: []byte("text:Sch\xc3"), want: "text:SchÃ", isText: true},
		"UTF-16BE":                   {body: encodeUTF16(text, true), want: text, isText: true},
		"UTF-16LE":                   {body: encodeUTF16(text, false), want: text, isText: true},
		"UTF-16BE with its mark":     {body: encodeUTF16("\ufeff"+text, true), want: text, isText: true},
		"UTF-16LE with its mark":     {body: encodeUTF16("\ufeff"+text, false), want: text, isText: true},
		"UTF-16BE, last octet lost":  {body: encodeUTF16("id:12", true)[:9], want: "id:1", isText: true},
		"UTF-16BE, moved by a NUL":   {body: append([]byte{0}, encodeUTF16("id:12", true)[:9]...), want: "id:1", isText: true},
		"UTF-16 labelled, Cyrillic":  {body: encodeUTF16("доставлено", true), coding: 8, want: "доставлено", isText: true},
		"NULs at the ends":           {body: []byte("\x00\x00id:1 \x00\x00"), want: "id:1 ", isText: true},
		"raw octets in the id":       {body: []byte("id:\x01`\x17\x12)\x14$\x10\x00\x07 sub:001"), want: "id:\x01`\x17\x12)\x14$\x10\x00\x07 sub:001"},
		"DEL":                        {body: []byte("id:1\x7f"), want: "id:1\x7f"},
		"no field, octets of no set": {body: []byte("\x80\x81\x82"), want: "\u0080\u0081\u0082"},
		"no field, hardly any ASCII": {body: []byte("\xfd\xfe\xffx"), coding: 3, want: "ýþÿx"},
		"no field, a word of a set":  {body: []byte("Livr\xe9"), want: "Livré", isText: true},
		"nothing but NULs":           {body: make([]byte, 3), want: ""},
		"empty":                      {want: "", isText: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := (&Dialect{}).Parse(&Input{ESMClass: esmReceipt, DataCoding: test.coding, Body: test.body})
			if r.Raw != test.want || r.RawIsText != test.isText {
				t.Errorf("raw %q, text %v; want %q, %v", r.Raw, r.RawIsText, test.want, test.isText)
			}
		})
	}
}
