package intake

import (
	"bufio"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/xuri/excelize/v2"

	"tongtang/pipeline/feedback"
)

// benchCells are seven cells of row i, the texts of about 60 characters.
func benchCells(i int) []string {
	units := []string{"江苏省监狱管理局", "南京市中级人民法院", "杭州市人民检察院", "武汉市司法局", "第一看守所"}
	depts := []string{"监狱", "法院", "检察院", "社区矫正", "公安监所"}
	return []string{
		fmt.Sprint(i), "2023年第1期", units[i%5], depts[i%5], fmt.Sprintf("学员%d", i),
		fmt.Sprintf("第%d个问题：财产性判项执行情况的复函不及时，监狱提请减刑时缺少履行能力的证据，能否明确复函期限和责任部门？", i),
		fmt.Sprintf("建议建立%d号信息共享平台。", i%97),
	}
}

var benchHeader = []string{"序号", "期次", "单位", "部门", "姓名", "问题", "建议"}

func benchCSV(b *testing.B, rows int) string {
	return writeFile(b, "bench.csv", func(w *bufio.Writer) {
		line := func(cells []string) {
			for i, c := range cells {
				if i > 0 {
					fmt.Fprint(w, ",")
				}
				fmt.Fprint(w, c)
			}
			fmt.Fprintln(w)
		}
		line(benchHeader)
		for i := range rows {
			line(benchCells(i))
		}
	})
}

func benchXLSX(b *testing.B, rows int) string {
	f := excelize.NewFile()
	defer f.Close()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		b.Fatal(err)
	}
	row := func(n int, cells []string) {
		values := make([]any, len(cells))
		for i, c := range cells {
			values[i] = c
		}
		if err := w.SetRow(fmt.Sprintf("A%d", n), values); err != nil {
			b.Fatal(err)
		}
	}
	row(1, benchHeader)
	for i := range rows {
		row(i+2, benchCells(i))
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	path := filepath.Join(b.TempDir(), "bench.xlsx")
	if err := f.SaveAs(path); err != nil {
		b.Fatal(err)
	}
	return path
}

func benchDecode(b *testing.B, path string, rows int) {
	d := newDecoder(b, Options{TempDir: b.TempDir()})
	var peak uint64
	for b.Loop() {
		rep, rejects, _, high := measured(b, d, path)
		if rep.Texts != 2*rows || len(rejects) > 0 {
			b.Fatalf("%d texts, %d rejects", rep.Texts, len(rejects))
		}
		peak = max(peak, high)
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(peak)/(1<<20), "peak-MB")
}

func BenchmarkCSV(b *testing.B) {
	for _, rows := range []int{10_000, 100_000, 1_000_000} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) { benchDecode(b, benchCSV(b, rows), rows) })
	}
}

func BenchmarkXLSX(b *testing.B) {
	for _, rows := range []int{10_000, 200_000} {
		b.Run(fmt.Sprintf("rows=%d", rows), func(b *testing.B) { benchDecode(b, benchXLSX(b, rows), rows) })
	}
}

func BenchmarkSplit(b *testing.B) {
	d := newDecoder(b, Options{})
	cells := []string{benchCells(1)[5], "关于财产性判项：1.法院不回函；2.证明标准不统一；3.期限太短。\n建议：（一）建立平台；（二）统一标准。", long2000}
	n := 0
	for b.Loop() {
		d.Split(feedback.Submission{Text: cells[n%len(cells)]})
		n++
	}
}

var long2000 = func() string {
	s := ""
	for i := range 20 {
		s += fmt.Sprintf("%d.监狱提请减刑前需要法院出具财产性判项执行情况证明，但是发函之后往往数月没有回音，承办民警只能反复联系。\n", i+1)
	}
	return s
}()
