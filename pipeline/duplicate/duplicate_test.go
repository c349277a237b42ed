package duplicate

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

var texts = map[string]string{
	"a": "法院对财产性判项执行情况的复函不及时，监狱无法按期提请减刑。",
	"b": "法院对财产性判项执行情况的复函不及时，监狱无法按期提请减刑",
	"c": "法院对财产性判项执行情况的回函不及时，监狱无法按期提请减刑。",
	"d": "社区矫正对象请假外出的审批层级各地不一，建议统一。",
	"e": "看守所以健康为由拒绝收押，判处实刑的罪犯长期滞留社会。",
	"f": "无",
}

func links(order []string) []Link {
	f := New(Options{})
	for _, id := range order {
		f.Add(id, texts[id])
	}
	return f.Links()
}

func TestOneChangedCharacterIsLinked(t *testing.T) {
	got := links([]string{"a", "b", "c", "d", "e", "f"})
	if len(got) != 2 || got[0].A != "a" || got[0].B != "b" || got[0].Similarity != 1 || got[1].A != "a" || got[1].B != "c" {
		t.Fatalf("links %+v", got)
	}
	if s := got[1].Similarity; s < 0.7 || s >= 1 {
		t.Errorf("similarity of a and c is %v", s)
	}
}

func TestOrderOfAddingChangesNothing(t *testing.T) {
	ids := []string{"a", "b", "c", "d", "e", "f"}
	want := links(ids)
	for range 20 {
		rand.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		if got := links(ids); !slices.Equal(got, want) {
			t.Fatalf("%v: %+v, want %+v", ids, got, want)
		}
	}
}

func TestNoneOneAndHuge(t *testing.T) {
	f := New(Options{})
	if got := f.Links(); len(got) != 0 {
		t.Errorf("no texts: %v", got)
	}
	f.Add("x", strings.Repeat("减刑假释暂予监外执行", 100_000))
	if got := f.Links(); len(got) != 0 {
		t.Errorf("one text: %v", got)
	}
}

func TestAThousandEqualTextsMakeAThousandLinks(t *testing.T) {
	f := New(Options{})
	for i := range 1000 {
		f.Add(fmt.Sprintf("%04d", i), texts["a"])
	}
	if got := f.Links(); len(got) != 999 {
		t.Errorf("%d links", len(got))
	}
}

// words make texts that differ as real ones do.
func randomTexts(rng *rand.Rand, n int) []string {
	words := strings.Fields("法院 监狱 检察院 看守所 司法所 减刑 假释 暂予监外执行 社区矫正 财产性判项 复函 标准 不统一 提请 审批 期限 证据 材料 病情诊断 收监 衔接 信息 平台 建议 明确 各地 做法 差异 罪犯 计分考核 外出 请假 电子定位 监督 意见 裁定")
	out := make([]string, n)
	for i := range out {
		var b strings.Builder
		for range 18 {
			b.WriteString(words[rng.IntN(len(words))])
		}
		out[i] = b.String()
	}
	return out
}

func TestMostOneCharacterEditsAreFound(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	f := New(Options{})
	n := 2000
	for i, s := range randomTexts(rng, n) {
		r := []rune(s)
		f.Add(fmt.Sprintf("%05d", i), s)
		r[rng.IntN(len(r))] = '某'
		f.Add(fmt.Sprintf("%05d'", i), string(r))
	}
	found := 0
	for _, l := range f.Links() {
		if l.B == l.A+"'" {
			found++
		}
	}
	if found < n*97/100 {
		t.Errorf("%d of %d edits found", found, n)
	}
}

func BenchmarkLinks(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		docs := randomTexts(rand.New(rand.NewPCG(1, 2)), n)
		b.Run(fmt.Sprintf("items=%d", n), func(b *testing.B) {
			for b.Loop() {
				f := New(Options{})
				for i, s := range docs {
					f.Add(fmt.Sprintf("%06d", i), s)
				}
				f.Links()
			}
		})
	}
}
