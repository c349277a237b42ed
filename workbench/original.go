package workbench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tongtang/queries"
)

// OriginalPage asks for a reason, and in answer to it shows an original once.
type OriginalPage struct {
	Item    queries.Member // masked, as the corpus has it
	Place   int            // which of its sources
	Reason  string
	Problem string
	Shown   bool
	Source  queries.Sighting
	Cells   []OriginalCell
	Reasons []string // to choose from
}

// OriginalCell is one cell of the row as it was handed in.
type OriginalCell struct {
	Header string `json:"header"`
	Text   string `json:"text"`
	Asked  bool   `json:"asked"`
}

// originalReasons are what people look at originals for.
var originalReasons = []string{"核对脱敏是否正确", "需联系提出单位核实", "原文语意不清，需看上下文", "整理报送材料需核对原文"}

const (
	reasonLeast   = 4 // characters
	reasonMost    = 200
	originalTime  = 25 * time.Second
	originalBytes = 8 << 20
)

// originals bounds how many readers of the archive run at once.
var originals = make(chan struct{}, 2)

// originalOf finds the item, if this person may read it at all.
func (rq *request) originalOf() (OriginalPage, error) {
	p := OriginalPage{Reasons: originalReasons}
	v, err := rq.w.store.Item(rq.ctx(), rq.c.Param("id"))
	if err != nil {
		return p, err
	}
	own := []queries.Member{v.Member}
	if rq.hideOthers(own) > 0 {
		return p, &queries.Refusal{Kind: queries.Forbidden, Zh: "原文仅提出部门可见。", En: "Originals are for their own department."}
	}
	p.Item = v.Member
	if len(p.Item.Sources) == 0 {
		return p, &queries.Refusal{Kind: queries.NotFound, Zh: "这个条目没有记录出处。", En: "This item has no recorded source."}
	}
	place := rq.query("place")
	if rq.c.Request.Method == http.MethodPost {
		place = rq.form("place")
	}
	p.Place = min(max(rq.number(place), 0), len(p.Item.Sources)-1)
	p.Source = p.Item.Sources[p.Place]
	return p, nil
}

func originalForm(rq *request) error {
	p, err := rq.originalOf()
	if err != nil {
		return err
	}
	return rq.show(http.StatusOK, "original", "查看原文", p)
}

// showOriginal writes the look into the audit log, then reads the row back and
// shows it in answer to the POST: it stands in no address, cookie, cache, log
// or store, and asking again is another look.
func showOriginal(rq *request) error {
	p, err := rq.originalOf()
	if err != nil {
		return err
	}
	p.Reason = strings.Join(strings.Fields(rq.form("reason")), " ")
	if n := utf8.RuneCountInString(p.Reason); n < reasonLeast || n > reasonMost {
		p.Problem = rq.t("请写明查看事由（%d 至 %d 字），事由记入操作日志。", reasonLeast, reasonMost)
		return rq.show(http.StatusUnprocessableEntity, "original", "查看原文", p)
	}
	s := p.Source
	detail := map[string]any{"reason": p.Reason, "file": s.File, "sha256": s.SHA256, "sheet": s.Sheet, "row": s.Row, "column": s.Column}
	if err := rq.w.store.Record(rq.ctx(), rq.Me.ID, "original.look", "item:"+p.Item.ID, detail); err != nil {
		return err
	}
	cells, err := rq.w.readOriginal(rq.ctx(), s)
	if isRefusal(err) {
		p.Problem = rq.say(err)
		return rq.show(http.StatusUnprocessableEntity, "original", "查看原文", p)
	}
	if err != nil {
		return err
	}
	p.Shown, p.Cells = true, cells
	return rq.show(http.StatusOK, "original", "查看原文", p)
}

// readOriginal starts this program's own `tongtang original`: decoding files
// is no work for the process that holds people's sessions.
func (w *Workbench) readOriginal(ctx context.Context, s queries.Sighting) ([]OriginalCell, error) {
	select {
	case originals <- struct{}{}:
		defer func() { <-originals }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	binary, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("finding this program: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, originalTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary, "original", "--data="+string(w.store.Folder()), "--sha256="+s.SHA256, "--file="+s.File, "--sheet="+s.Sheet, "--row="+strconv.Itoa(s.Row), "--column="+s.Column)
	out, complaint := bounded{most: originalBytes}, bounded{most: 4096}
	cmd.Stdout, cmd.Stderr = &out, &complaint
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return nil, &queries.Refusal{Kind: queries.Busy, Zh: "原件过大，在规定时间内没有读到这一行；此次查看已留痕。", En: "The source is too large to read back in time."}
		}
		var exit *exec.ExitError
		if errors.As(err, &exit) && complaint.Len() > 0 {
			sentence := strings.TrimPrefix(strings.TrimSpace(complaint.String()), "tongtang: ")
			return nil, &queries.Refusal{Kind: queries.NotFound, Zh: sentence + "（此次查看已留痕）", En: sentence + " (this look is in the audit log)"}
		}
		return nil, fmt.Errorf("reading the original: %w", err)
	}
	if out.over {
		return nil, &queries.Refusal{Zh: "这一行过长，不能在页面上显示；此次查看已留痕。", En: "The row is too long to show."}
	}
	var original struct {
		Cells []OriginalCell `json:"cells"`
	}
	// The error of a JSON decoder may quote its input, which must reach no log.
	if json.Unmarshal(out.Bytes(), &original) != nil {
		return nil, errors.New("reading the original: its answer is no JSON")
	}
	return original.Cells, nil
}

// bounded keeps the first bytes of what is written to it.
type bounded struct {
	bytes.Buffer
	most int
	over bool
}

func (b *bounded) Write(p []byte) (int, error) {
	if room := b.most - b.Len(); len(p) > room {
		b.over = true
		b.Buffer.Write(p[:max(room, 0)])
		return len(p), nil
	}
	return b.Buffer.Write(p)
}
