package queries

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"time"

	"tongtang/pipeline/feedback"
)

// IntakeChoice is what a person decided about a form or a file, as it holds.
type IntakeChoice struct {
	Seq     int64     `column:"seq"`
	MadeAt  time.Time `column:"made_at"`
	By      int       `column:"account_id"`
	Name    string    `column:"name"`
	Kind    string    `column:"kind"`
	Payload string    `column:"payload"`

	Fingerprint string          `json:"fingerprint"` // of the form, for a mapping
	Mapping     json.RawMessage `json:"mapping"`
	SHA256      string          `json:"sha256"` // of the file, for a training or an encoding
	Training    string          `json:"training_id"`
	Encoding    string          `json:"encoding"`
	File        string          `json:"file"` // its name then, for people
}

// IntakeChoices are the choices that hold, by their subject.
type IntakeChoices struct {
	Mappings  map[string]IntakeChoice // by form fingerprint
	Trainings map[string]IntakeChoice // by sha256
	Encodings map[string]IntakeChoice // by sha256
	Rereads   map[string]IntakeChoice // by sha256: the last time somebody asked for it
}

// IntakeChoices reads what people decided about forms and files. Of several
// about one thing the last holds.
func (s *Store) IntakeChoices(ctx context.Context) (IntakeChoices, error) {
	c := IntakeChoices{map[string]IntakeChoice{}, map[string]IntakeChoice{}, map[string]IntakeChoice{}, map[string]IntakeChoice{}}
	list, err := rows[IntakeChoice](ctx, s.db, "review/intake_decisions", nil)
	if err != nil {
		return c, err
	}
	for _, d := range list {
		if err := json.Unmarshal([]byte(d.Payload), &d); err != nil {
			return c, fmt.Errorf("decision %d: %w", d.Seq, err)
		}
		switch feedback.DecisionKind(d.Kind) {
		case feedback.DecideMapping:
			c.Mappings[d.Fingerprint] = d
		case feedback.DecideTraining:
			c.Trainings[d.SHA256] = d
		case feedback.DecideEncoding:
			c.Encodings[d.SHA256] = d
		case feedback.DecideReread:
			c.Rereads[d.SHA256] = d
		}
	}
	return c, nil
}

var (
	trainingForm    = regexp.MustCompile(`^(?:19|20)[0-9]{2}-[1-9][0-9]?$`)
	fingerprintForm = regexp.MustCompile(`^[0-9a-f]{16}$`)
)

// ChooseMapping remembers how the columns of a form are read: mapping is an
// intake.Mapping as JSON. The next night uses it for every file of the form.
func (s *Store) ChooseMapping(ctx context.Context, by int, fingerprint string, mapping json.RawMessage) (Decided, error) {
	if !fingerprintForm.MatchString(fingerprint) {
		return Decided{}, refuse(Invalid, "这张表没有可记住的表头，请在表格上方补一行表头后重新提交。", "This table has no header to remember; add one and hand the file in again.")
	}
	return s.chooseIntake(ctx, by, feedback.DecideMapping, map[string]any{"fingerprint": fingerprint, "mapping": mapping})
}

// ChooseTraining says which training a file belongs to.
func (s *Store) ChooseTraining(ctx context.Context, by int, sha256, training string) (Decided, error) {
	if !trainingForm.MatchString(training) {
		return Decided{}, refuse(Invalid, "期次须写作 2026-1 的形式（年份-当年第几期）。", "Write the training as 2026-1: year and number within the year.")
	}
	f, err := s.File(ctx, sha256)
	if err != nil {
		return Decided{}, err
	}
	return s.chooseIntake(ctx, by, feedback.DecideTraining, map[string]any{"sha256": sha256, "file": f.Name, "training_id": training})
}

// ChooseEncoding says how the characters of a file are encoded.
func (s *Store) ChooseEncoding(ctx context.Context, by int, sha256, encoding string, known []string) (Decided, error) {
	if !slices.Contains(known, encoding) {
		return Decided{}, refuse(Invalid, "请从列出的编码中选择一种。", "Choose one of the encodings listed.")
	}
	f, err := s.File(ctx, sha256)
	if err != nil {
		return Decided{}, err
	}
	return s.chooseIntake(ctx, by, feedback.DecideEncoding, map[string]any{"sha256": sha256, "file": f.Name, "encoding": encoding})
}

// Reread asks the next night to read an accepted file again, under the mappings
// that are remembered then.
func (s *Store) Reread(ctx context.Context, by int, sha256 string) (Decided, error) {
	f, err := s.File(ctx, sha256)
	if err != nil {
		return Decided{}, err
	}
	if f.Outcome != "已接收" {
		return Decided{}, refuse(Conflict, "只有已接收的文件需要重读：待确认的文件每夜自动重新读取，隔离的文件请改好后重新提交。", "Only an accepted file can be read again; a waiting one is read every night.")
	}
	return s.chooseIntake(ctx, by, feedback.DecideReread, map[string]any{"sha256": sha256, "file": f.Name})
}

// Withdrawn is an item that was taken back, because a corrected reading of its
// file no longer gives it. It stays readable: reports may refer to it.
type Withdrawn struct {
	ID         string    `column:"item_id"`
	TrainingID string    `column:"training_id"`
	Department string    `column:"department"`
	Province   string    `column:"province"`
	Kind       string    `column:"kind"`
	Segment    string    `column:"segment"`
	GivenOn    time.Time `column:"given_on"`
	Stem       string    `column:"stem"`
	Text       string    `column:"text"`
	SHA256     string    `column:"sha256"`
	File       string    `column:"file"`
	Sheet      string    `column:"sheet"`
	Row        int       `column:"row_no"`
	Column     string    `column:"column_name"`
	Part       int       `column:"part"`
	Reason     string    `column:"reason"`
	AddedRun   string    `column:"added_run"`
	Run        string    `column:"withdrawn_run"`
}

// Withdrawn reads a withdrawn item; a Refusal says that there is none.
func (s *Store) Withdrawn(ctx context.Context, id string) (Withdrawn, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	var missing error = refuse(NotFound, "没有这条反馈：可能编号有误，或当前归并结果尚未收入。", "There is no such item in the present corpus.")
	if !s.current.Load().layout.Withdrawn {
		return Withdrawn{}, missing
	}
	w, ok, err := one[Withdrawn](ctx, s.db, "corpus/withdrawn", args{"item_id": id})
	if err == nil && !ok {
		err = missing
	}
	return w, err
}

func (s *Store) chooseIntake(ctx context.Context, by int, kind feedback.DecisionKind, payload map[string]any) (out Decided, err error) {
	body, err := json.Marshal(payload)
	if err != nil {
		return out, err
	}
	err = s.change(ctx, func(tx *sql.Tx) (done, error) {
		d, err := s.append(ctx, tx, by, feedback.Decision{Kind: kind, Payload: string(body)})
		out = Decided{Seq: d.Seq}
		return done{decisions: []feedback.Decision{d}}, err
	})
	return out, err
}

// intakeSubject is what the audit log calls the form or file that a decision
// is about; "" for decisions about groups.
func intakeSubject(d feedback.Decision) string {
	var c IntakeChoice
	if d.GroupKey != "" || json.Unmarshal([]byte(d.Payload), &c) != nil {
		return ""
	}
	switch d.Kind {
	case feedback.DecideMapping:
		return "form:" + c.Fingerprint
	case feedback.DecideTraining:
		return "file:" + c.SHA256 + " → " + c.Training
	case feedback.DecideEncoding:
		return "file:" + c.SHA256 + " → " + c.Encoding
	case feedback.DecideReread:
		return "file:" + c.SHA256
	}
	return ""
}

// File reads one source file with the rows turned away of it.
func (s *Store) File(ctx context.Context, sha256 string) (File, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	f, ok, err := one[File](ctx, s.db, "corpus/file_of_sha256", args{"sha256": sha256})
	if err != nil {
		return f, err
	}
	if f.Rejects, err = rows[Rejected](ctx, s.db, "corpus/file_rejects", args{"sha256": sha256}); err != nil {
		return f, err
	}
	if !ok {
		// A file turned away whole has no row among the files.
		if len(f.Rejects) == 0 {
			return f, refuse(NotFound, "没有这个文件：可能还在等待夜间读取。", "There is no such file; it may be waiting for the night.")
		}
		f.SHA256, f.Name, f.Outcome, f.Masked, f.Report = sha256, f.Rejects[0].File, "隔离", "{}", "{}"
		return f, nil
	}
	return f, nil
}

// Unlisted is one citation of a document the statutes table does not have.
type Unlisted struct {
	ItemID string `column:"item_id"`
	Norm   string `column:"norm"`
}

// UnlistedCitations lists them in the order of items.
func (s *Store) UnlistedCitations(ctx context.Context) ([]Unlisted, error) {
	s.corpus.RLock()
	defer s.corpus.RUnlock()
	return rows[Unlisted](ctx, s.db, "corpus/unlisted_citations", nil)
}

// History lists the audit entries of these actions, newest first.
func (s *Store) History(ctx context.Context, actions []string, limit int) ([]AuditEntry, error) {
	return rows[AuditEntry](ctx, s.db, "review/intake_history", args{"actions": actions, "limit": limit})
}
