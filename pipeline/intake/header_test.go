package intake

import (
	"os"
	"path/filepath"
	"testing"

	"tongtang/pipeline/feedback"
	"tongtang/pipeline/lexicon"
)

// Under a header that the table does not know, the first person's row is no
// header: it would be lost, and names and phones would stand as column names.
func TestAPersonsRowIsNoHeader(t *testing.T) {
	tables, err := lexicon.Load("")
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{
		"姓名,您在哪里工作,手机,还想对我们说点什么呀\n王小明,江苏省某某监狱,13812345678,病犯保外就医期满后医院不再出具诊断意见，监狱收监时缺少依据，建议明确由谁复查\n李大力,浙江省某某监狱,13912345678,请假外出的审批层级各地不一，希望统一\n",
		"谁,在哪里工作,还想对我们说点什么呀\n王小明,江苏省某某监狱,病犯保外就医期满后医院不再出具诊断意见，监狱收监时缺少依据\n李大力,浙江省某某监狱,请假外出的审批层级各地不一，往返手续繁琐，提出以下三条建议\n",
	} {
		path := filepath.Join(t.TempDir(), "a.csv")
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		d, err := New(tables, Options{Mask: func(s string) string { return s }})
		if err != nil {
			t.Fatal(err)
		}
		texts := 0
		r, err := d.Decode(t.Context(), File{Path: path, Name: "a.csv", TrainingID: "2026-1"}, Handler{Submission: func(feedback.Submission) error { texts++; return nil }})
		if err != nil {
			t.Fatal(err)
		}
		if texts != 0 || len(r.Sheets) != 1 || r.Sheets[0].Header != 1 || r.Rejects[feedback.RejectUncertainMapping] != 1 {
			t.Errorf("%d texts, report %+v", texts, r)
		}
	}
}
