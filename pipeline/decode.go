package pipeline

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"tongtang/pipeline/citation"
	"tongtang/pipeline/feedback"
	"tongtang/pipeline/intake"
	"tongtang/pipeline/masking"
)

// The outcomes of a file, as stored and shown.
const (
	fileAccepted    = "已接收"
	fileWaiting     = "待确认"
	fileQuarantined = "隔离"
)

// decoded is what one file came to.
type decoded struct {
	file    received
	outcome string
	report  intake.Report
	items   []feedback.Item
	rejects []feedback.Reject
	notes   []intake.Note
	masked  map[string]int
}

// reader turns archived files into masked items.
type reader struct {
	decoder   *intake.Decoder
	masker    *masking.Masker
	keys      feedback.Keyring
	trainings map[string]feedback.Training
}

// read decodes one file twice: first to learn every name that stands after a
// role word or in a name column, then to mask and split. A name is masked on
// row 2 even when only row 900 says whose it is.
func (r *reader) read(ctx context.Context, f received, choice string) (decoded, error) {
	out := decoded{file: f, outcome: fileAccepted, masked: map[string]int{}}
	in := intake.File{Path: f.Archived, Name: f.Name, SHA256: f.SHA256, TrainingID: cmp.Or(choice, f.TrainingID)}
	doc := r.masker.Document()
	_, err := r.decoder.Decode(ctx, in, intake.Handler{Submission: func(s feedback.Submission) error {
		doc.KnowName(s.Name)
		doc.Learn(s.Text, s.Background, s.Reply)
		return nil
	}})
	if err != nil {
		return out, fmt.Errorf("reading %s: %w", f.Name, err)
	}

	mask := func(text string) string {
		if text == "" {
			return ""
		}
		masked, counts := doc.Mask(text)
		for kind, n := range counts {
			out.masked[kind] += n
		}
		return masked
	}
	seen := map[string]int{}            // identity without ordinal -> how often in this file
	above := map[string]feedback.Item{} // column, and column and unit -> the item said last there
	report, err := r.decoder.Decode(ctx, in, intake.Handler{
		Submission: func(s feedback.Submission) error {
			return r.submission(s, mask, seen, above, &out)
		},
		Reject: func(j feedback.Reject) error {
			j.Text = excerpt(mask(j.Text))
			out.rejects = append(out.rejects, j)
			return nil
		},
		Note: func(n intake.Note) error {
			out.notes = append(out.notes, n)
			return nil
		},
	})
	if err != nil {
		return out, fmt.Errorf("reading %s: %w", f.Name, err)
	}
	out.report = report
	out.settleOutcome()
	return out, nil
}

// settleOutcome says whether the file is done with, waits for a person, or
// belongs in quarantine.
func (d *decoded) settleOutcome() {
	for _, j := range d.rejects {
		switch j.Reason {
		case feedback.RejectUncertainMapping, feedback.RejectAmbiguousEncoding, feedback.RejectNoTraining:
			d.outcome = fileWaiting
		case feedback.RejectUnreadable, feedback.RejectEmptyFile, feedback.RejectEncrypted, feedback.RejectWrongFormat,
			feedback.RejectMislabelled, feedback.RejectClassified:
			if len(d.items) == 0 && d.outcome == fileAccepted && j.Source.Row == 0 {
				d.outcome = fileQuarantined
			}
		}
	}
}

// submission splits, masks and names what stands in one cell or turn.
func (r *reader) submission(s feedback.Submission, mask func(string) string, seen map[string]int,
	above map[string]feedback.Item, out *decoded,
) error {
	reject := func(reason feedback.RejectReason, mend string) {
		out.rejects = append(out.rejects, feedback.Reject{Source: s.Source, Reason: reason, Mend: mend, Text: excerpt(mask(s.Text))})
	}
	if s.TrainingID == "" {
		reject(feedback.RejectNoTraining, "请把文件放入 inbox/期次编号/ 文件夹（如 inbox/2024-1/），或在工作台“导入”页为本文件指定期次")
		return nil
	}
	contributor := r.keys.Contributor(s.Department, s.Province, s.Unit, s.Name)
	for i, part := range r.decoder.Split(s) {
		item := feedback.Item{
			TrainingID: s.TrainingID, Segment: s.Segment, GivenOn: cmp.Or(s.GivenOn, r.trainings[s.TrainingID].StartsOn),
			Department: s.Department, Province: s.Province, Unit: mask(s.Unit), ContributorKey: contributor,
			Kind: part.Kind, Stem: mask(part.Stem), Background: mask(s.Background), LegalBasis: mask(s.LegalBasis), Reply: mask(s.Reply),
			Sources: []feedback.Source{s.Source},
		}
		item.Sources[0].Part = i + 1
		here := s.Source.Sheet + "\x00" + s.Source.Column
		switch {
		case part.SameAsAbove:
			same, ok := above[here+"\x00"+s.Unit]
			if !ok {
				same, ok = above[here]
			}
			if !ok {
				reject(feedback.RejectEmpty, "“同上”之前没有可对应的内容，请写明具体内容")
				continue
			}
			item.Text, item.Kind, item.Stem, item.Endorses = same.Text, same.Kind, same.Stem, same.ID
		case part.Empty:
			reject(feedback.RejectEmpty, "无需处理；如有具体内容请补写后重新提交")
			continue
		default:
			item.Text = mask(part.Text)
		}
		item.Language = language(item.Text)
		// The number in 〔姓名2〕 depends on what else the file holds; identity must not.
		said := masking.Unnumbered(item.Text)
		base := feedback.ItemID(item.TrainingID, contributor, said, 0)
		ordinal := 0
		if s.Name == "" {
			ordinal = seen[base]
			seen[base]++
		}
		item.ID = feedback.ItemID(item.TrainingID, contributor, said, ordinal)
		if item.Endorses == item.ID {
			item.Endorses = ""
		}
		above[here], above[here+"\x00"+s.Unit] = item, item
		out.items = append(out.items, item)
	}
	return nil
}

// language is "en" when letters of the Latin alphabet outnumber Han characters
// three to one; a Chinese sentence may well name an English term.
func language(text string) string {
	latin, han := 0, 0
	for _, c := range text {
		switch {
		case c < utf8.RuneSelf && (c|0x20 >= 'a' && c|0x20 <= 'z'):
			latin++
		case c >= 0x4e00:
			han++
		}
	}
	if latin > 3*han && latin > 0 {
		return "en"
	}
	return "zh"
}

// excerpt is the first 60 characters of a masked text, on one line.
func excerpt(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= 60 {
		return text
	}
	return string([]rune(text)[:59]) + "…"
}

// merged is all new material of a night, put together.
type merged struct {
	items     []feedback.Item // new ones, ordered by ID
	reread    []feedback.Item // known ones as a corrected reading of their file has them, ordered by ID
	sightings map[string][]feedback.Source
	repeated  map[string]int // sha256 -> items already known from elsewhere
	fresh     map[string]int // sha256 -> items first seen there
}

// merge puts the files' items together. An item already known, from an earlier
// night or another file, gains a sighting and is not added twice. Files are
// taken in the order of their hashes, so that the order they arrived in
// changes nothing.
//
// known says which file an item was first seen in. Of a file that is read
// again, because it waited for a person or one corrected its reading, the items
// it brought stay its own.
func merge(files []decoded, known func(itemID string) (sha256 string, ok bool)) merged {
	m := merged{sightings: map[string][]feedback.Source{}, repeated: map[string]int{}, fresh: map[string]int{}}
	files = slices.SortedFunc(slices.Values(files), func(a, b decoded) int { return cmp.Compare(a.file.SHA256, b.file.SHA256) })
	seen := map[string]bool{}
	for _, f := range files {
		for _, it := range f.items {
			m.sightings[it.ID] = append(m.sightings[it.ID], it.Sources[0])
			first, old := known(it.ID)
			switch {
			case seen[it.ID], old && first != f.file.SHA256:
				m.repeated[f.file.SHA256]++
				continue
			case !old:
				m.items = append(m.items, it)
			default:
				m.reread = append(m.reread, it)
			}
			seen[it.ID] = true
			m.fresh[f.file.SHA256]++
		}
	}
	byID := func(a, b feedback.Item) int { return cmp.Compare(a.ID, b.ID) }
	slices.SortFunc(m.items, byID)
	slices.SortFunc(m.reread, byID)
	return m
}

// cite finds the citations of an item: those of its text, with offsets into
// it, then those of its 法律依据, without.
func cite(parser *citation.Parser, it feedback.Item) []feedback.Citation {
	cites := parser.Find(it.Text)
	for _, c := range parser.Find(it.LegalBasis) {
		if !slices.ContainsFunc(cites, func(o feedback.Citation) bool { return o.Norm == c.Norm }) {
			c.StartByte, c.EndByte = -1, -1
			cites = append(cites, c)
		}
	}
	return cites
}

// trainingsOf lists the trainings that items name but the list of trainings
// does not, with what can be told from their IDs.
func trainingsOf(list map[string]feedback.Training, ids map[string]bool) []feedback.Training {
	all := maps.Clone(list)
	for id := range ids {
		if _, ok := all[id]; !ok {
			year, no, _ := strings.Cut(id, "-")
			all[id] = feedback.Training{ID: id, Title: fmt.Sprintf("%s年第%s期刑罚执行同堂培训", year, no), Host: feedback.OtherDept}
		}
	}
	return slices.SortedFunc(maps.Values(all), func(a, b feedback.Training) int {
		return cmp.Or(cmp.Compare(a.StartsOn, b.StartsOn), cmp.Compare(a.ID, b.ID))
	})
}
