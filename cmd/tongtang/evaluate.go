package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"tongtang/analysis"
	"tongtang/pipeline/embedding"
)

// evaluateCmd compares a grouping with a true one.
type evaluateCmd struct {
	Gold      string `required:"" help:"人工标注 JSONL，每行 {id, label}；label 为空表示独立成条" placeholder:"FILE"`
	Predicted string `help:"归并结果 JSONL，每行 {id, cluster}；不给则先对标注文件中的 text 归并" placeholder:"FILE"`
	Pairs     string `help:"人工判断的两两关系 TSV（id、id、0 或 1），可为 .gz" placeholder:"FILE"`
	JSON      bool   `name:"json" help:"以 JSON 输出"`
}

func (c *evaluateCmd) Run(ctx context.Context) error {
	q, missing, err := c.measure(ctx)
	if err != nil {
		return exitError{exitUsage, err}
	}
	if missing > 0 {
		fmt.Fprintf(os.Stderr, "注意：有 %d 条标注没有对应的归并结果，按独立成条计\n", missing)
	}
	if c.JSON {
		enc := json.NewEncoder(os.Stdout)
		return enc.Encode(q)
	}
	row := func(name string, v float64) { fmt.Printf("%-28s %.4f\n", name, v) }
	fmt.Printf("%-28s %d\n", "条目", q.Documents)
	row("B-cubed 准确率", q.CubedP)
	row("B-cubed 召回率", q.CubedR)
	row("B-cubed F1", q.CubedF1)
	row("B-cubed F1（全部独立成条）", q.CubedF1Singletons)
	row("B-cubed F1（仅真实同类条目）", q.CubedF1Grouped)
	row("两两准确率", q.PairP)
	row("两两召回率", q.PairR)
	row("两两 F1", q.PairF1)
	row("同质性", q.Homogeneity)
	row("完整性", q.Completeness)
	row("V-measure", q.V)
	row("调整兰德指数 ARI", q.ARI)
	fmt.Printf("%-28s %d / %d（最大一组 %d 条）\n", "归并组数 / 真实组数", q.FoundGroups, q.GoldGroups, q.LargestFound)
	row("三条以上问题被找到的比例", q.IssuesOfThreeFound)
	row("独立条目未被误并的比例", q.SingletonsLeftAlone)
	if q.JudgedPairs > 0 {
		fmt.Printf("%-28s %d\n", "人工判断对数", q.JudgedPairs)
		row("判断 F1", q.JudgedF1)
		row("判断正确率", q.JudgedAccuracy)
	}
	return nil
}

func (c *evaluateCmd) measure(ctx context.Context) (q analysis.Quality, missing int, err error) {
	needText := c.Predicted == ""
	gold, err := readLines(c.Gold, func(l *jsonLine, it *clusterItem) error {
		if l.Text != nil {
			it.Text = *l.Text
		} else if needText {
			return fmt.Errorf("缺少 text：没有给出 --predicted，需要先归并")
		}
		it.Stem, it.Date, it.skip = l.Stem, l.Date, l.Skip
		it.label, err = plainValue(l.Label)
		return err
	})
	if err != nil {
		return q, 0, err
	}
	if err := uniqueIDs(gold, c.Gold); err != nil {
		return q, 0, err
	}
	cluster := map[string]string{}
	if needText {
		found, _, err := groupItems(ctx, gold, analysis.Decisions{}, "", analysis.Options{}, embedding.Options{}, newStopwatch())
		if err != nil {
			return q, 0, err
		}
		for i, g := range found.GroupOf {
			name := ""
			if g >= 0 {
				name = found.Groups[g].Key
			}
			cluster[gold[i].ID] = name
		}
	} else {
		predicted, err := readLines(c.Predicted, func(l *jsonLine, it *clusterItem) error {
			var err error
			it.label, err = plainValue(l.Cluster)
			if it.label = strings.TrimSpace(it.label); it.label == "-1" {
				it.label = ""
			}
			return err
		})
		if err != nil {
			return q, 0, err
		}
		if err := uniqueIDs(predicted, c.Predicted); err != nil {
			return q, 0, err
		}
		for _, p := range predicted {
			cluster[p.ID] = p.label
		}
	}
	number := func(names map[string]int, name string) int {
		if name == "" {
			return -1
		}
		n, ok := names[name]
		if !ok {
			n = len(names)
			names[name] = n
		}
		return n
	}
	var truth, found []int
	labels, clusters, at := map[string]int{}, map[string]int{}, map[string]int{}
	for _, g := range gold {
		if g.skip {
			continue
		}
		name, ok := cluster[g.ID]
		if !ok {
			missing++
		}
		at[g.ID] = len(truth)
		truth = append(truth, number(labels, g.label))
		found = append(found, number(clusters, name))
	}
	if len(truth) == 0 {
		return q, 0, fmt.Errorf("%s 中没有可评价的条目", c.Gold)
	}
	q = analysis.Measure(truth, found)
	if c.Pairs != "" {
		body, err := readPacked(c.Pairs)
		if err != nil {
			return q, missing, err
		}
		var pairs [][2]int
		var same []bool
		line := 0
		for raw := range bytes.Lines(body) {
			line++
			cells := strings.Split(strings.TrimRight(string(raw), "\r\n"), "\t")
			if len(cells) == 1 && cells[0] == "" {
				continue
			}
			if len(cells) < 3 {
				return q, missing, fmt.Errorf("%s：第 %d 行：应有三列（id、id、0 或 1），用制表符分隔", c.Pairs, line)
			}
			a, okA := at[cells[0]]
			b, okB := at[cells[1]]
			verdict, err := strconv.Atoi(cells[2])
			if !okA || !okB || err != nil {
				continue // a header, or a pair outside the gold file
			}
			pairs, same = append(pairs, [2]int{a, b}), append(same, verdict == 1)
		}
		q.Judge(found, pairs, same)
	}
	return q, missing, nil
}
