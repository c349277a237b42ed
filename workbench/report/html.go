package report

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"strings"
)

// WriteHTML writes the report as one page that needs nothing beside it: no
// script, no font, no picture from elsewhere. It prints on A4 and its marks are
// links.
func WriteHTML(w io.Writer, d *Document, o Options) error {
	m, err := compose(d, o)
	if err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, `<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>%s</title><style>%s</style></head><body><main>`+"\n",
		esc(strings.Join(m.title, "")), pageStyle)
	fmt.Fprintf(b, `<p class="internal">%s</p><h1>`, internalMark)
	for i, line := range m.title {
		if i > 0 {
			b.WriteString("<br>")
		}
		b.WriteString(esc(line))
	}
	b.WriteString("</h1>\n")
	if m.lead != "" {
		fmt.Fprintf(b, "<p class=\"lead\">%s</p>\n", esc(m.lead))
	}
	if m.banner != "" {
		fmt.Fprintf(b, "<p class=\"banner\">%s</p>\n", esc(m.banner))
	}
	h := htmlWriter{b, 0}
	h.blocks(m.blocks)
	if len(m.annexes) > 0 {
		b.WriteString(`<nav class="annexes"><p>附件：</p><ol>`)
		for i, an := range m.annexes {
			fmt.Fprintf(b, `<li><a href="#annex%d">%s</a></li>`, i+1, esc(an.title))
		}
		b.WriteString("</ol></nav>\n")
	}
	b.WriteString(`<footer>`)
	for _, line := range m.signoff {
		if line != "" {
			fmt.Fprintf(b, `<p class="sign">%s</p>`, esc(line))
		}
	}
	fmt.Fprintf(b, "<p class=\"made\">%s</p></footer>\n", esc(m.made))
	for i, an := range m.annexes {
		fmt.Fprintf(b, "<section class=\"annex\" id=\"annex%d\"><p class=\"internal\">附件%d</p><h1>%s</h1>\n", i+1, i+1, esc(an.title))
		h.blocks(an.blocks)
		b.WriteString("</section>\n")
	}
	b.WriteString("</main></body></html>\n")
	return b.Flush()
}

type htmlWriter struct {
	w      *bufio.Writer
	charts int
}

func (h *htmlWriter) blocks(blocks []block) {
	for _, bl := range blocks {
		id := ""
		if bl.anchor != "" {
			id = ` id="` + bl.anchor + `"`
		}
		switch bl.kind {
		case headingBlock:
			fmt.Fprintf(h.w, "<h%d%s>%s%s</h%d>\n", bl.level+1, id, esc(bl.number), htmlRuns(bl.runs), bl.level+1)
		case paraBlock:
			fmt.Fprintf(h.w, "<p%s>%s</p>\n", id, htmlRuns(bl.runs))
		case noteBlock:
			fmt.Fprintf(h.w, "<p class=\"note\"%s>%s</p>\n", id, htmlRuns(bl.runs))
		case quoteBlock:
			fmt.Fprintf(h.w, "<blockquote%s>%s</blockquote>\n", id, htmlRuns(bl.runs))
		case tableBlock:
			h.table(bl.table)
		case chartBlock:
			h.chart(bl.chart)
		}
	}
}

func (h *htmlWriter) table(t *table) {
	class := ""
	if t.compact {
		class = ` class="compact"`
	}
	fmt.Fprintf(h.w, "<table%s><colgroup>", class)
	for _, w := range t.widths {
		fmt.Fprintf(h.w, `<col style="width:%d%%">`, w)
	}
	h.w.WriteString("</colgroup><thead><tr>")
	for _, head := range t.header {
		fmt.Fprintf(h.w, `<th scope="col">%s</th>`, esc(head))
	}
	h.w.WriteString("</tr></thead><tbody>\n")
	for _, row := range t.rows {
		h.w.WriteString("<tr")
		if row.anchor != "" {
			h.w.WriteString(` id="` + row.anchor + `"`)
		}
		if row.strong {
			h.w.WriteString(` class="total"`)
		}
		h.w.WriteString(">")
		for i, cell := range row.cells {
			align := map[byte]string{'c': ` class="c"`, 'r': ` class="r"`}[t.align[i]]
			fmt.Fprintf(h.w, "<td%s>%s</td>", align, htmlRuns(cell))
		}
		h.w.WriteString("</tr>\n")
	}
	h.w.WriteString("</tbody></table>\n")
}

// chart draws stacked bars as SVG, lying, so that long names fit.
func (h *htmlWriter) chart(c *chart) {
	h.charts++
	most := 1
	for i := range c.categories {
		sum := 0
		for _, s := range c.series {
			sum += s.values[i]
		}
		most = max(most, sum)
	}
	const label, full, step = 130, 440, 28
	height := step*len(c.categories) + 30
	fmt.Fprintf(h.w, `<figure><svg viewBox="0 0 620 %d" role="img" aria-label="%s">`, height, esc(c.title))
	colours := []string{"#1f4e79", "#a9c1da"}
	ink := []string{"#fff", "#1a1a1a"}
	for i, name := range c.categories {
		y := i*step + 4
		fmt.Fprintf(h.w, `<text x="%d" y="%d" text-anchor="end">%s</text>`, label-8, y+14, esc(name))
		x := label
		for k, s := range c.series {
			v := s.values[i]
			if v == 0 {
				continue
			}
			w := full * v / most
			fmt.Fprintf(h.w, `<rect x="%d" y="%d" width="%d" height="20" fill="%s"/><text x="%d" y="%d" text-anchor="middle" style="fill:%s">%d</text>`,
				x, y, w, colours[k%2], x+w/2, y+14, ink[k%2], v)
			x += w
		}
	}
	if len(c.series) > 1 {
		x := label
		for k, s := range c.series {
			fmt.Fprintf(h.w, `<rect x="%d" y="%d" width="10" height="10" fill="%s"/><text x="%d" y="%d">%s</text>`, x, height-16, colours[k%2], x+15, height-7, esc(s.name))
			x += 80
		}
	}
	fmt.Fprintf(h.w, "</svg><figcaption>图%d　%s</figcaption></figure>\n", h.charts, esc(c.title))
}

func htmlRuns(runs []run) string {
	var out strings.Builder
	for _, r := range runs {
		if r.text == "" {
			continue
		}
		text := strings.ReplaceAll(esc(r.text), "\n", "<br>")
		switch r.kind {
		case strongRun:
			text = "<strong>" + text + "</strong>"
		case blankRun:
			text = `<span class="blank">` + text + "</span>"
		case markRun:
			text = `<sup><a href="#` + r.to + `">` + text + "</a></sup>"
		case figureRun:
			if r.to != "" {
				text = `<a class="figure" href="#` + r.to + `">` + text + "</a>"
			}
		}
		out.WriteString(text)
	}
	return out.String()
}

func esc(s string) string { return html.EscapeString(s) }

const pageStyle = `
:root{--ink:#1a1a1a;--accent:#1f4e79;--line:#8c8c8c}
*{box-sizing:border-box}
body{margin:0;background:#eceef1;color:var(--ink);font:16px/1.8 FangSong,仿宋_GB2312,仿宋,"Songti SC","Noto Serif CJK SC",SimSun,serif}
main{max-width:52rem;margin:1.5rem auto;padding:3.5rem 4rem;background:#fff}
h1{font:400 1.6rem/1.5 方正小标宋简体,"Songti SC","Noto Serif CJK SC",SimSun,serif;text-align:center;text-wrap:balance;margin:1.5rem 0 .5rem}
h2{font:400 1.1rem/1.8 SimHei,黑体,"PingFang SC","Noto Sans CJK SC",sans-serif;margin:1.4rem 0 .2rem}
h3{font:400 1.05rem/1.8 KaiTi,楷体_GB2312,"Kaiti SC",serif;margin:.9rem 0 .1rem}
h4,h5{font:inherit;font-weight:600;margin:.7rem 0 .1rem}
h2,h3,h4,h5{break-after:avoid}
p{margin:.2rem 0;text-indent:2em;text-align:justify}
.internal{font-family:SimHei,黑体,"Noto Sans CJK SC",sans-serif;text-indent:0}
.lead{font-family:KaiTi,楷体_GB2312,"Kaiti SC",serif;text-align:center;text-indent:0;margin-bottom:1.2rem}
.banner{border:solid var(--line);border-width:1px 0;padding:.4rem 0;text-indent:0;font-family:KaiTi,楷体_GB2312,"Kaiti SC",serif}
.note,.made{font-size:.85rem;text-indent:0;color:#444}
.made{border-top:1px solid var(--line);padding-top:.4rem;margin-top:1rem}
.sign{text-align:right;padding-right:2em}
blockquote{margin:.4rem 0 .4rem 2em;padding-left:.8em;border-left:2px solid #c8d3df;font-family:KaiTi,楷体_GB2312,"Kaiti SC","Noto Serif CJK SC",serif}
table{break-inside:avoid;width:100%;border-collapse:collapse;margin:.5rem 0;font-size:.9rem;line-height:1.5;font-variant-numeric:tabular-nums;table-layout:fixed}
.compact{font-size:.82rem;break-inside:auto}
th,td{border:1px solid var(--line);padding:.25rem .45rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{background:#f2f2f2;font-family:SimHei,黑体,"Noto Sans CJK SC",sans-serif;font-weight:400;text-align:center;position:sticky;top:0}
.c{text-align:center}.r{text-align:right}.total td{font-weight:600}
a{color:var(--accent);text-decoration:none}a:hover{text-decoration:underline}
a.figure{color:inherit;text-decoration:underline dotted #8aa4be;text-underline-offset:3px}
sup{line-height:0;font-size:.7em}td sup{font-size:1em;vertical-align:baseline}
.blank{background:#e4e4e4;padding:0 .2em}
:target{background:#fff3c4}
figure{margin:.8rem 0;break-inside:avoid}figure svg{width:100%;max-width:620px;display:block;margin:auto}
svg text{font-size:13px;fill:#1a1a1a}figcaption{text-align:center;font-size:.9rem;font-family:SimHei,黑体,"Noto Sans CJK SC",sans-serif}
.annexes{margin-top:1.6rem}.annexes ol{margin:0;padding-left:4em}
.annex{border-top:1px solid var(--line);margin-top:2.5rem;padding-top:1rem}
@page{size:A4;margin:37mm 26mm 35mm 28mm}
@media print{body{background:none;font-size:12pt}main{max-width:none;margin:0;padding:0}.annex{break-before:page;border:0;margin:0;padding:0}tr{break-inside:avoid}thead{display:table-header-group}a{color:inherit}th{position:static}}
@media(max-width:640px){main{padding:1.2rem 1rem;margin:0}}
`
