package workbench

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
	"tongtang/workbench/report"
)

// TemplatesPage is where an administrator puts their own docx in the place of
// a paper's layout, and sets from where on an issue is common.
type TemplatesPage struct {
	Forms      []TemplateRow
	Fields     []report.TemplateField
	Thresholds queries.Thresholds
	Most       queries.Thresholds
	Problem    string
	MaxMiB     int
}

// TemplateRow is one form with its template, if it has one.
type TemplateRow struct {
	Form  report.Form
	Bytes int64
	At    time.Time
}

func templatesPage(rq *request) error { return rq.templates(http.StatusOK, "") }

func (rq *request) templates(status int, problem string) error {
	p := TemplatesPage{
		Fields: report.TemplateFields, Problem: problem, MaxMiB: templateBytes >> 20,
		Most: queries.Thresholds{Departments: len(feedback.Departments), Provinces: len(queries.Provinces), Trainings: 99},
	}
	var err error
	if p.Thresholds, err = rq.w.store.Thresholds(rq.ctx()); err != nil {
		return err
	}
	for _, f := range report.Forms {
		row := TemplateRow{Form: f}
		if info, err := os.Stat(templatePath(rq.w.store.Folder(), f)); err == nil {
			row.Bytes, row.At = info.Size(), info.ModTime()
		}
		p.Forms = append(p.Forms, row)
	}
	return rq.show(status, "templates", "文书模板和共性标准", p)
}

func setThresholds(rq *request) error {
	t := queries.Thresholds{Departments: rq.number(rq.form("departments")), Provinces: rq.number(rq.form("provinces")), Trainings: rq.number(rq.form("trainings"))}
	if err := rq.w.store.SetThresholds(rq.ctx(), rq.Me.ID, t); err != nil {
		if isRefusal(err) {
			return rq.templates(http.StatusUnprocessableEntity, rq.say(err))
		}
		return err
	}
	rq.flash(rq.t("已保存。"), 0)
	return rq.redirect("/templates")
}

// putTemplate takes a docx, fills it in once to see that it works, and keeps
// it. Nothing is kept of a file that does not.
func putTemplate(rq *request) error {
	parts, err := rq.c.Request.MultipartReader()
	if err != nil {
		return rq.templates(http.StatusUnprocessableEntity, rq.t("请选择 docx 文件。"))
	}
	var form report.Form
	var body []byte
	for range 4 {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		read, err := io.ReadAll(io.LimitReader(part, templateBytes+1))
		if err != nil {
			return err
		}
		switch part.FormName() {
		case "form":
			form = report.Form(strings.TrimSpace(string(read[:min(len(read), 200)])))
		case "file":
			body = read
		}
	}
	switch {
	case !slices.Contains(report.Forms, form):
		return rq.templates(http.StatusUnprocessableEntity, rq.t("请选择这是哪种文书的模板。"))
	case len(body) == 0:
		return rq.templates(http.StatusUnprocessableEntity, rq.t("请选择 docx 文件。"))
	case len(body) > templateBytes:
		return rq.templates(http.StatusRequestEntityTooLarge, rq.t("模板超过 %d MiB，没有保存。", templateBytes>>20))
	}
	unknown, err := checkTemplate(form, body)
	if err != nil {
		return rq.templates(http.StatusUnprocessableEntity, rq.t("模板不能使用：")+err.Error())
	}
	folder := rq.w.store.Folder()
	if err := os.MkdirAll(folder.Templates(), 0o700); err != nil {
		return fmt.Errorf("making the templates folder: %w", err)
	}
	sum := sha256.Sum256(body)
	if err := queries.WriteFile(templatePath(folder, form), body, 0o600); err != nil {
		return err
	}
	if err := rq.w.store.Record(rq.ctx(), rq.Me.ID, "template.put", "form:"+string(form), map[string]any{"sha256": hex.EncodeToString(sum[:]), "bytes": len(body), "unknown": unknown}); err != nil {
		return err
	}
	text := rq.t("模板已保存，此后导出“%s”即用此模板。", rq.t(string(form)))
	if len(unknown) > 0 {
		text += rq.t("以下名称系统不认识，导出时留空：") + strings.Join(unknown, "、")
	}
	rq.flash(text, 0)
	return rq.redirect("/templates")
}

func removeTemplate(rq *request) error {
	form := report.Form(rq.form("form"))
	if !slices.Contains(report.Forms, form) {
		return rq.templates(http.StatusUnprocessableEntity, rq.t("请选择这是哪种文书的模板。"))
	}
	if err := os.Remove(templatePath(rq.w.store.Folder(), form)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing a template: %w", err)
	}
	if err := rq.w.store.Record(rq.ctx(), rq.Me.ID, "template.remove", "form:"+string(form), nil); err != nil {
		return err
	}
	rq.flash(rq.t("已移除模板，此后用系统自带的版式。"), 0)
	return rq.redirect("/templates")
}

func templateFile(rq *request) error {
	form := report.Form(rq.query("form"))
	body, err := ownTemplate(rq.w.store.Folder(), form)
	if err != nil {
		return err
	}
	if body == nil {
		return &queries.Refusal{Kind: queries.NotFound, Zh: "没有这一模板。", En: "There is no such template."}
	}
	rq.c.Header("Content-Disposition", `attachment; filename="template.docx"; filename*=UTF-8''`+url.PathEscape(string(form)+" 模板.docx"))
	rq.c.Data(http.StatusOK, contentTypes["docx"], body)
	return nil
}
