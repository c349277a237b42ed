package segment

import (
	"strings"
	"sync"
	"testing"

	"tongtang/pipeline/lexicon"
)

var shared = sync.OnceValues(func() (*Segmenter, error) {
	tables, err := lexicon.Load("")
	if err != nil {
		return nil, err
	}
	return New(tables)
})

func segmenter(t testing.TB) *Segmenter {
	t.Helper()
	s, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func texts(words []Word) string {
	var out []string
	for _, w := range words {
		out = append(out, w.Text)
	}
	return strings.Join(out, "|")
}

func TestWordsOfTheFieldStayWhole(t *testing.T) {
	s := segmenter(t)
	for _, c := range []struct{ text, want string }{
		{"暂予监外执行的决定", "暂予监外执行|的|决定"},
		{"社区矫正对象未报到", "社区矫正对象|未|报到"},
		{"财产性判项怎么执行", "财产性判项|怎么|执行"},
		{"社區矯正對象", "社区矫正对象"},
		{"ＡＢＣ公司", "abc|公司"},
		{"commutation hearings: which facts", "commutation| |hearings|:| |which| |facts"},
	} {
		if got := texts(s.Words(c.text)); got != c.want {
			t.Errorf("%s: %s, want %s", c.text, got, c.want)
		}
	}
}

func TestSynonymsFoldAndDangerousPairsDoNot(t *testing.T) {
	s := segmenter(t)
	if got := s.Canonical("暂监"); got != "暂予监外执行" {
		t.Errorf("暂监 -> %s", got)
	}
	tables, err := lexicon.Load("")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range tables.NotSynonyms {
		a, b := Fold(bare(p.A)), Fold(bare(p.B))
		if a != b && s.Canonical(a) == s.Canonical(b) { // pairs that differ by context alone are the same word
			t.Errorf("%s and %s fold together: %s", p.A, p.B, p.Why)
		}
	}
}

var awkward = []string{
	"", " ", "。", "无", "a", "①依据《刑法》第八十一条", "½㈱３Ａ", "e\u0301tude 研究", "零\u200b宽\ufeff字符", "\u200b", "😂生僻字䶮𠮷㛃",
	"監獄與社區矯正之銜接，請問如何處理？", "don't stop, e.g. U.S. courts' 2,000 cases…好", "坏字节\xff\xfe也要还原", "İstanbul ǅ ﬁn",
	strings.Repeat("罪犯", 7000), strings.Repeat("word ", 2000),
}

func TestWordsJoinedGiveTheTextBack(t *testing.T) {
	s := segmenter(t)
	for _, text := range awkward {
		checkTiling(t, s, text)
	}
}

func checkTiling(t *testing.T, s *Segmenter, text string) {
	t.Helper()
	at := 0
	for _, w := range s.Words(text) {
		if w.StartByte != at || w.EndByte < w.StartByte {
			t.Fatalf("%.40q: word %q at %d..%d, the one before ends at %d", text, w.Text, w.StartByte, w.EndByte, at)
		}
		at = w.EndByte
	}
	if at != len(text) {
		t.Fatalf("%.40q: words end at byte %d of %d", text, at, len(text))
	}
}

func FuzzWords(f *testing.F) {
	for _, text := range awkward {
		if len(text) < 200 {
			f.Add(text)
		}
	}
	s := segmenter(f)
	f.Fuzz(func(t *testing.T, text string) { checkTiling(t, s, text) })
}

func TestManyAtOnce(t *testing.T) {
	s := segmenter(t)
	want := texts(s.Words("监狱对暂监罪犯的 parole board 收监执行"))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if got := texts(s.Words("监狱对暂监罪犯的 parole board 收监执行")); got != want {
					t.Errorf("%s, want %s", got, want)
					return
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkWords(b *testing.B) {
	s := segmenter(b)
	text := "罪犯判了二十万罚金，账上每月只有三百来块劳动报酬，家里也说没钱，这种到底算“确有履行能力而不履行”还是确实没能力？"
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s.Words(text)
	}
}
