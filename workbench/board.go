package workbench

import (
	"net/http"
	"slices"
	"time"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

// BoardPage shows all candidates by direction and stage, and those chosen as a
// list: what is due first stands first.
type BoardPage struct {
	Stages    []string
	Rows      []BoardRow
	Totals    []BoardCell
	All       int // candidates on the board, those withdrawn too
	Open      int
	Overdue   int
	Direction string
	Status    string
	Late      bool
	List      []BoardLine
}

// BoardRow is one direction.
type BoardRow struct {
	Direction string
	Cells     []BoardCell
	Total     int
}

// BoardCell is how many candidates of a direction stand at a stage.
type BoardCell struct {
	Stage  string
	N      int
	Late   int
	Shown  bool // it is what the list below shows
	Shaded int
}

// BoardLine is one candidate of the list.
type BoardLine struct {
	queries.BoardCandidate
	Overdue bool
	Days    int // it has stood where it stands
}

func boardPage(rq *request) error {
	all, err := rq.w.store.CandidateBoard(rq.ctx(), "", "")
	if err != nil {
		return err
	}
	p := BoardPage{Stages: append(slices.Clone(queries.Stages), queries.StageWithdrawn), Direction: rq.query("direction"), Status: rq.query("status"), Late: rq.query("late") == "1"}
	now := time.Now().In(rq.w.opts.Location)
	for _, d := range feedback.Directions {
		p.Rows = append(p.Rows, BoardRow{Direction: d, Cells: make([]BoardCell, len(p.Stages))})
	}
	p.Totals = make([]BoardCell, len(p.Stages))
	for i, s := range p.Stages {
		p.Totals[i].Stage = s
		for r := range p.Rows {
			p.Rows[r].Cells[i].Stage = s
		}
	}
	for i := range all {
		c := &all[i]
		late := overdue(&c.Candidate, now)
		col := slices.Index(p.Stages, c.Status)
		row := slices.Index(feedback.Directions, c.Direction)
		if col < 0 || row < 0 {
			continue
		}
		cell := &p.Rows[row].Cells[col]
		cell.N++
		p.Totals[col].N++
		p.All++
		p.Rows[row].Total++
		if c.Status != queries.StageToldBack && c.Status != queries.StageWithdrawn {
			p.Open++
		}
		if late {
			cell.Late++
			p.Overdue++
		}
		switch {
		case p.Direction != "" && c.Direction != p.Direction, p.Status != "" && c.Status != p.Status, p.Late && !late,
			p.Status == "" && !p.Late && (c.Status == queries.StageWithdrawn || c.Status == queries.StageToldBack) && p.Direction == "":
			continue
		}
		p.List = append(p.List, BoardLine{BoardCandidate: *c, Overdue: late, Days: int(now.Sub(c.Since).Hours() / 24)})
	}
	for r := range p.Rows {
		for i := range p.Rows[r].Cells {
			cell := &p.Rows[r].Cells[i]
			cell.Shaded = heat(cell.N)
			cell.Shown = (p.Direction == p.Rows[r].Direction) && p.Status == cell.Stage
		}
	}
	return rq.show(http.StatusOK, "board", "转化看板", p)
}
