package operations

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tongtang/queries"
	"tongtang/workbench/report"
)

// evidence holds every package in reports/ against itself and against what the
// review knows: the hash noted at the hand-over, and its line in the audit log.
func (v *verifier) evidence() {
	const name = "证据包"
	const mend = "从备份恢复 reports 文件夹中的这个文件；证据包移送后不得改动"
	good := 0
	known := map[string]bool{}
	for _, p := range v.packages {
		known[p.Name] = true
		what := fmt.Sprintf("%s（第%d号，%s，%s移送%s）", p.Name, p.IssueNo, p.Direction, at(p.MadeAt), p.Recipient)
		body, err := os.ReadFile(filepath.Join(v.folder.Reports(), p.Name))
		if errors.Is(err, fs.ErrNotExist) {
			v.findings.trouble(name, mend, "%s 不在了", what)
			continue
		}
		if err != nil {
			v.findings.trouble(name, "检查文件夹权限", "%s 无法读取：%v", what, err)
			continue
		}
		opened, problems, err := report.OpenEvidence(body)
		switch {
		case err != nil:
			v.findings.trouble(name, mend, "%s：%v", what, err)
		case len(problems) > 0:
			v.findings.trouble(name, mend, "%s：%s", what, strings.Join(problems[:min(len(problems), 5)], ""))
		case opened.SHA256 != p.SHA256:
			v.findings.trouble(name, mend, "%s 自身完整，但不是移送时的那一份：校验值现为 %s，移送时为 %s", what, opened.SHA256, p.SHA256)
		case !p.Logged:
			v.findings.trouble(name, "操作日志与研判数据不符：保留现场，与备份比对", "%s 在操作日志中没有相应的记录", what)
		default:
			good++
		}
	}
	for _, file := range evidenceFiles(v.folder) {
		if known[file] {
			continue
		}
		body, err := os.ReadFile(filepath.Join(v.folder.Reports(), file))
		if err == nil {
			_, problems, opening := report.OpenEvidence(body)
			if err = opening; err == nil && len(problems) > 0 {
				err = errors.New(strings.Join(problems, ""))
			}
		}
		state := "自身完整"
		if err != nil {
			state = err.Error()
		}
		v.findings.notice(name, "多半是移送途中被中断留下的，可以移走；若研判数据是从旧备份恢复的，请保留", "研判数据中没有 %s（%s）", file, state)
	}
	switch {
	case len(v.packages) == 0:
		v.findings.good(name, "还没有移送")
	case good == len(v.packages):
		v.findings.good(name, "%d 个，与移送时逐字节相同", good)
	}
}

func evidenceFiles(folder queries.Folder) []string {
	entries, _ := os.ReadDir(folder.Reports())
	var out []string
	for _, e := range entries {
		if e.Type().IsRegular() && queries.IsEvidence(e.Name()) {
			out = append(out, e.Name())
		}
	}
	slices.Sort(out)
	return out
}

// VerifyPackage checks one evidence package by itself and makes its report
// again from what it holds. code is the program's own: another code may lay a
// report out otherwise, which is no fault of the package.
func VerifyPackage(path string, code report.Code) (Findings, *report.Package, error) {
	const mend = "这不是移送时的那一份：向移送单位索取，或从备份恢复"
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	var f Findings
	p, problems, err := report.OpenEvidence(body)
	if err != nil {
		f.trouble("证据包", mend, "%s：%v", path, err)
		return f, nil, nil
	}
	for _, say := range problems {
		f.trouble("证据包", mend, "%s", say)
	}
	m := p.Manifest
	if len(problems) > 0 {
		return f, p, nil // what is not whole proves nothing
	}
	f.good("证据包", "%d 个文件，与清单全部相符；第%d号（%s），%s，%s移送%s；sha256 %s", len(m.Members), m.Issue, m.Form, m.Title, m.HandedAt, m.HandedTo, p.SHA256)
	different, err := p.Remake()
	switch {
	case err != nil:
		f.trouble("重做", mend, "包内材料不能重做文书：%v", err)
	case len(different) == 0:
		f.good("重做", "由包内材料重做了文书和各表，与包内的逐字节相同")
	case code == m.Code:
		f.trouble("重做", mend, "由包内材料重做的 %s 与包内的不同", strings.Join(different, "、"))
	default:
		f.notice("重做", fmt.Sprintf("用制作它的程序重做：版本 %s，源码 %s", m.Code.Version, m.Code.Revision), "本程序（%s，源码 %s）不是制作它的程序，重做的 %s 与包内的不同", code.Version, code.Revision, strings.Join(different, "、"))
	}
	return f, p, nil
}

// KnownPackage holds a package against the review of a data folder: whether it
// is one that was handed over there.
func (f *Findings) KnownPackage(packages []queries.EvidencePackage, p *report.Package) {
	i := slices.IndexFunc(packages, func(k queries.EvidencePackage) bool { return k.SHA256 == p.SHA256 })
	switch {
	case i < 0:
		f.trouble("移送记录", "核对是否拿错了文件或数据文件夹", "研判数据中没有校验值为 %s 的移送", p.SHA256)
	case !packages[i].Logged:
		f.trouble("移送记录", "操作日志与研判数据不符：保留现场，与备份比对", "操作日志中没有这次移送的证据包")
	default:
		k := packages[i]
		f.good("移送记录", "与研判数据和操作日志一致：第%d号，%s，%s由%s移送%s", k.IssueNo, k.Direction, at(k.MadeAt), k.AccountName, k.Recipient)
	}
}
