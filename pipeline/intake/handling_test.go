package intake

import (
	"os"
	"path/filepath"
	"testing"

	"tongtang/pipeline/feedback"
)

// 处理意见 is the trainee's own opinion in one form and the answer to him in the
// next.
func TestHandlingIsToldByItsContext(t *testing.T) {
	d := newDecoder(t, Options{Mask: func(s string) string { return s }})
	for name, c := range map[string]struct {
		body  string
		field Field
		asked bool
	}{
		"beside who answers": {"序号,问题,处理意见,承办单位\n1,病犯保外就医期满后医院不再出具诊断意见怎么办,按规定办,省局\n2,请假外出的审批层级各地不一应当如何掌握,待研究,省局\n", FieldReply, false},
		"beside suggestions": {"单位,问题,建议,处理意见\n江苏省某某监狱,病犯保外就医期满后医院不再出具诊断意见怎么办,建议明确由谁复查,待研究\n", FieldReply, false},
		"cells that answer":  {"单位,问题,处理意见\n江苏省某某监狱,病犯保外就医期满后医院不再出具诊断意见怎么办,已转省局医院研究\n浙江省某某监狱,请假外出的审批层级各地不一应当如何掌握,经研究采纳，纳入细则修订\n", FieldReply, false},
		"the only text":      {"单位,姓名,处理意见\n江苏省某某监狱,王大明,保外就医期满前一个月应当由监狱组织复查\n浙江省某某监狱,李大力,审批权限以设区的市为界比较妥当\n", FieldOpinion, false},
		"your own":           {"单位,存在问题,您的处理意见\n江苏省某某监狱,病犯保外就医期满后医院不再出具诊断意见怎么办,保外就医期满前一个月由监狱组织复查\n", FieldOpinion, false},
		"cannot be told":     {"单位,问题,处理意见\n江苏省某某监狱,病犯保外就医期满后医院不再出具诊断意见怎么办,保外就医期满前一个月由监狱组织复查\n浙江省某某监狱,请假外出的审批层级各地不一应当如何掌握,审批权限以设区的市为界\n", FieldOpinion, true},
		"traditional":        {"單位,姓名,處理意見\n江苏省某某监狱,王大明,保外就医期满前一个月应当由监狱组织复查\n浙江省某某监狱,李大力,审批权限以设区的市为界比较妥当\n", FieldOpinion, false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.csv")
			if err := os.WriteFile(path, []byte(c.body), 0o600); err != nil {
				t.Fatal(err)
			}
			r, err := d.Decode(t.Context(), File{Path: path, Name: "a.csv", TrainingID: "2026-1"}, Handler{})
			if err != nil {
				t.Fatal(err)
			}
			asked := r.Rejects[feedback.RejectUncertainMapping] > 0
			for _, col := range r.Sheets[0].Mapping.Columns {
				if handlingHeader.MatchString(squeeze(col.Header)) && col.Field != c.field {
					t.Errorf("read as %s: %s", col.Field, col.Why)
				}
			}
			if asked != c.asked {
				t.Errorf("asked: %v, want %v; %+v", asked, c.asked, r.Sheets[0].Mapping)
			}
		})
	}
}

// Headers in traditional characters are as certain as simplified ones.
func TestTraditionalHeadersAreCertain(t *testing.T) {
	d := newDecoder(t, Options{Mask: func(s string) string { return s }})
	path := filepath.Join(t.TempDir(), "a.csv")
	body := "單位,姓名,所屬條線,存在問題,意見建議\n江蘇省某某監獄,王大明,監獄機關,病犯保外就醫期滿後醫院不再出具診斷意見怎麼辦,建議明確由誰複查\n"
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
	var subs []feedback.Submission
	r, err := d.Decode(t.Context(), File{Path: path, Name: "a.csv", TrainingID: "2026-1"}, Handler{Submission: func(s feedback.Submission) error {
		subs = append(subs, s)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rejects) != 0 || len(subs) != 2 || subs[0].Department != feedback.Prison || subs[0].Province != "江苏" || subs[0].Kind != feedback.Question || subs[1].Kind != feedback.Suggestion {
		t.Errorf("%+v %+v", r.Rejects, subs)
	}
}

func TestLongCourtesiesAreEmpty(t *testing.T) {
	d := newDecoder(t, Options{})
	for _, text := range []string{
		"感谢主办单位的精心组织和各位授课老师的辛勤付出，两天半的课听下来收获很大，也结识了各地同行。回去以后一定把学到的内容认真消化，结合本职工作抓好落实。本人没有其他意见和建议要补充，祝培训圆满成功，祝各位老师和同学工作顺利、身体健康。",
		"本人完全赞同本组讨论时几位老师的发言，会议安排得很紧凑，食宿、接送都很周到，感谢第一次来参加培训就受到这么热情的接待。因返程航班时间较早，未能参加最后半天的讨论，意见已由同组同志一并转达，此处不再另填，敬请谅解。祝好！",
		"意见嘛，前面讲课的老师都讲到了，我再说也是重复，就不耽误大家时间了。这三天学习氛围很好，小组讨论也很热烈，班主任还帮忙把课件发到群里，特别感谢。我们中心的同志没有新的意见，回去先把精神传达到位，有情况再跟组织单位联系，谢谢谢谢。",
		"受益匪浅，感谢最高检和各主办单位提供这样好的学习机会，也感谢带班老师连日来的照顾。我省参训的几位同志已经商量过，意见由领队统一整理后书面上报，详见报送的附件，这里不再逐条填写。个人没有另外的意见，谢谢大家，期待下次再聚。",
		"此次培训组织严密、内容充实、讲课老师水平很高，我受益良多，感谢会务组的同志这几天的辛勤付出和周到安排。回到单位以后一定认真传达学习。目前没有其他意见建议，祝各位领导老师工作顺利，也祝培训越办越好，谢谢大家！",
	} {
		if !d.Empty(text) {
			t.Errorf("taken for an item: %s", text)
		}
	}
	for _, text := range []string{
		"感谢主办单位的精心组织和各位授课老师的辛勤付出，两天半的课听下来收获很大。本人没有其他意见，只有一点建议：课程里希望增加未成年人矫正的内容，最好请一线司法所的同志来讲，谢谢各位老师和会务组的同志。",
		"感谢各位老师，收获很大。没有其他意见要补充，就是罪犯减刑后财产性判项执行不到位的问题，各地法院回函时间不一，监狱提请时心里没有底，谢谢大家，也祝各位老师身体健康、工作顺利，期待下次培训再见面。",
		"本次培训安排紧凑，食宿周到，谢谢会务组。案例研讨的时间太短，小组讨论刚热起来就散了，没有形成结论，下次把模拟办案那半天拉长到一天，讲课压缩到一天半，其他没有意见，祝各位老师工作顺利身体健康。",
	} {
		if d.Empty(text) {
			t.Errorf("turned away: %s", text)
		}
	}
}
