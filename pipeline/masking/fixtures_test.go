package masking

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tongtang/pipeline/citation"
	"tongtang/pipeline/lexicon"
)

var (
	// what the fixtures' made-up personal data look like.
	fixtureNumber = regexp.MustCompile(`99[0-9]{4}(?:19|20)[0-9]{9}|130[ -]?0000[ -]?[0-9]{4}|[（(]20[0-9]{2}[）)]\p{Han}[0-9]{2}\p{Han}{1,3}[0-9]+号|\p{Han}Z·[0-9]{5}`)
	// the people named in the fixtures' texts.
	fixtureNames = strings.Fields(`刘建业 何建林 孙立民 罗晓峰 陈大勇 多吉次仁 梁国富 赵小虎 高志远 钱志成 王小花 赵敏 韦建华 陈晓宇 彭大勇 杨光明
马成林 刘大柱 丁玉梅 孙宝山 李桂兰 周立山 韩立冬 马金花 许桂香 陈立民 周德满 罗兴旺 吴长顺 钟伟雄 李正荣 马占福 龚小芳`)
)

// TestNoPersonalDataOfTheFixturesStays masks every text of fixtures/source as a
// training's document and looks for what its authors made up.
func TestNoPersonalDataOfTheFixturesStays(t *testing.T) {
	files, err := filepath.Glob("../../fixtures/source/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Skip("no fixtures/source/*.jsonl to read")
	}
	m := masker(t)
	total := map[string]int{}
	var texts, untouched int
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d := m.Document()
		var items []string
		for line := range strings.Lines(string(body)) {
			var item struct{ Name, Text string }
			if err := json.Unmarshal([]byte(line), &item); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			d.KnowName(item.Name)
			items = append(items, item.Text)
		}
		d.Learn(items...)
		for _, text := range items {
			texts++
			masked, counts := d.Mask(text)
			if masked == text {
				untouched++
			}
			for kind, n := range counts {
				total[kind] += n
			}
			if left := fixtureNumber.FindString(masked); left != "" {
				t.Errorf("%s stays in %s", left, masked)
			}
			for _, name := range fixtureNames {
				if strings.Contains(masked, name) {
					t.Errorf("%s stays in %s", name, masked)
				}
			}
			var before, after []string
			for _, c := range m.cites.Find(text) {
				before = append(before, c.Norm)
			}
			for _, c := range m.cites.Find(masked) {
				after = append(after, c.Norm)
			}
			if !slices.Equal(before, after) {
				t.Errorf("citations %v became %v in %s", before, after, masked)
			}
		}
	}
	t.Logf("%d texts, %d untouched, masked %v", texts, untouched, total)
}

// TestWordsOfTheFieldStay masks every word, title, institution, topic and unit we
// know of, alone and behind a role word: none is anybody's name or number.
func TestWordsOfTheFieldStay(t *testing.T) {
	tables, err := lexicon.Load("")
	if err != nil {
		t.Fatal(err)
	}
	m := New(tables, citation.New(tables))
	var words []string
	for _, x := range tables.Terms {
		words = append(words, x.Word)
	}
	for _, x := range tables.Synonyms {
		words = append(words, x.Canonical)
		words = append(words, x.Variants...)
	}
	for _, x := range tables.Topics {
		words = append(words, x.L1, x.Name)
		words = append(words, x.Seeds...)
	}
	for _, x := range tables.Departments {
		words = append(words, x.Official, x.Parent, x.Concerns)
	}
	for _, x := range tables.StopPhrases {
		words = append(words, x.Text)
	}
	for _, x := range tables.Facets {
		words = append(words, x.Cues...)
	}
	for _, x := range tables.Statutes {
		words = append(words, x.Title, "《"+x.Title+"》第十条", x.DocNo, x.Issuer, x.Note)
		words = append(words, x.Aliases...)
	}
	files, _ := filepath.Glob("../../fixtures/source/*.jsonl")
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(body)) {
			var item struct{ Unit, Province string }
			if err := json.Unmarshal([]byte(line), &item); err != nil {
				t.Fatal(err)
			}
			words = append(words, item.Unit, item.Province)
		}
	}
	slices.Sort(words)
	for _, word := range slices.Compact(words) {
		for _, text := range []string{word, "罪犯" + word, "罪犯" + word + "的标准", "民警" + word + "，", "由" + word + "负责。"} {
			if masked, _ := m.Document().Mask(text); masked != text {
				t.Errorf("%s became %s", text, masked)
			}
		}
	}
}
