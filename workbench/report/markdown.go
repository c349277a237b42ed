package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// WriteMarkdown writes the report as Markdown with pipe tables. Marks are
// links to anchors in the annexes; a chart is left to the table beside it.
func WriteMarkdown(w io.Writer, d *Document, o Options) error {
	m, err := compose(d, o)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "> %s\n\n# %s\n\n", internalMark, markdownText(strings.Join(m.title, "")))
	if m.lead != "" {
		fmt.Fprintf(b, "%s\n\n", markdownText(m.lead))
	}
	if m.banner != "" {
		fmt.Fprintf(b, "> **%s**\n\n", markdownText(m.banner))
	}
	markdownBlocks(b, m.blocks, 1)
	for i, an := range m.annexes {
		if i == 0 {
			b.WriteString("附件：\n\n")
		}
		fmt.Fprintf(b, "%d. %s\n", i+1, markdownText(an.title))
	}
	b.WriteString("\n")
	for _, line := range m.signoff {
		if line != "" {
			fmt.Fprintf(b, "%s\n\n", markdownText(line))
		}
	}
	fmt.Fprintf(b, "---\n\n%s\n", markdownText(m.made))
	for i, an := range m.annexes {
		fmt.Fprintf(b, "\n---\n\n## 附件%d　%s\n\n", i+1, markdownText(an.title))
		markdownBlocks(b, an.blocks, 1)
	}
	return b.Flush()
}

func markdownBlocks(b *bufio.Writer, blocks []block, above int) {
	for _, bl := range blocks {
		anchor := ""
		if bl.anchor != "" {
			anchor = `<a id="` + bl.anchor + `"></a>`
		}
		switch bl.kind {
		case headingBlock:
			fmt.Fprintf(b, "%s %s%s%s\n\n", strings.Repeat("#", bl.level+above), anchor, markdownText(bl.number), markdownRuns(bl.runs, false))
		case paraBlock, noteBlock:
			fmt.Fprintf(b, "%s%s\n\n", anchor, markdownRuns(bl.runs, false))
		case quoteBlock:
			fmt.Fprintf(b, "> %s%s\n\n", anchor, strings.ReplaceAll(markdownRuns(bl.runs, false), "\n", "\n> "))
		case tableBlock:
			markdownTable(b, bl.table)
		}
	}
}

func markdownTable(b *bufio.Writer, t *table) {
	fmt.Fprintf(b, "| %s |\n|", strings.Join(t.header, " | "))
	for _, a := range t.align {
		b.WriteString(map[byte]string{'l': " --- |", 'c': " :-: |", 'r': " --: |"}[a])
	}
	b.WriteString("\n")
	for _, row := range t.rows {
		b.WriteString("|")
		for i, cell := range row.cells {
			b.WriteString(" ")
			if i == 0 && row.anchor != "" {
				b.WriteString(`<a id="` + row.anchor + `"></a>`)
			}
			b.WriteString(markdownRuns(cell, true) + " |")
		}
		b.WriteString("\n")
	}
	b.WriteString("\n")
}

func markdownRuns(runs []run, inTable bool) string {
	var out strings.Builder
	for _, r := range runs {
		if r.text == "" {
			continue
		}
		text := markdownText(r.text)
		switch {
		case r.kind == strongRun:
			// CommonMark does not close bold between punctuation and a letter.
			inner := strings.TrimRight(text, "：。，）")
			text = "**" + inner + "**" + text[len(inner):]
		case r.kind == blankRun:
			text = "**" + text + "**"
		case r.to != "" && (r.kind == markRun || r.metric == "ref"):
			text = "[" + text + "](#" + r.to + ")"
		}
		if inTable {
			text = strings.ReplaceAll(text, "\n", "<br>")
		}
		out.WriteString(text)
	}
	return out.String()
}

// markdownText escapes what Markdown or HTML in it would take as a sign, and
// guards a line that would begin a list, a heading or a formula.
func markdownText(s string) string {
	s = markdownEscaper.Replace(s)
	lines := strings.Split(s, "\n")
	for i, l := range lines {
		switch {
		case strings.HasPrefix(l, "#"), strings.HasPrefix(l, "+ "), strings.HasPrefix(l, "- "), strings.HasPrefix(l, "="):
			lines[i] = `\` + l
		default:
			n, rest, ok := strings.Cut(l, ".")
			if _, err := strconv.Atoi(n); ok && err == nil && strings.HasPrefix(rest, " ") {
				lines[i] = n + `\.` + rest
			}
		}
	}
	return strings.Join(lines, "\n")
}

var markdownEscaper = strings.NewReplacer(`\`, `\\`, "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "|", `\|`, "\r", "")
