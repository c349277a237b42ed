package workbench

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

// TokensPage is where the administrator makes and revokes the tokens that
// programs of drafting teams read by.
type TokensPage struct {
	Tokens  []TokenRow
	Scopes  []string
	Depts   []feedback.Department
	Teams   []string // that candidates were handed over to
	New     queries.NewToken
	Problem string
	Shown   string // a new token, shown once
	For     string
	Own     bool // originals are their own department's
	DaysTo  int
	RateTo  int
}

// TokenRow is a token with where it stands now.
type TokenRow struct {
	queries.Token
	State string
}

// scopeWords names what each scope opens.
var scopeWords = map[string]string{"issues": "归并问题", "items": "条目原文", "candidates": "转化建议", "reports": "证据包", "trainings": "培训"}

// Word names a scope.
func (p *TokensPage) Word(scope string) string { return scopeWords[scope] }

// Word names a scope.
func (r TokenRow) Word(scope string) string { return scopeWords[scope] }

func tokensPage(rq *request) error { return rq.tokens(http.StatusOK, TokensPage{}) }

func (rq *request) tokens(status int, p TokensPage) error {
	list, err := rq.w.store.Tokens(rq.ctx())
	if err != nil {
		return err
	}
	for _, t := range list {
		p.Tokens = append(p.Tokens, TokenRow{t, t.State(rq.w.store.Now())})
	}
	board, err := rq.w.store.CandidateBoard(rq.ctx(), "", "")
	if err != nil {
		return err
	}
	for _, c := range board {
		if c.Recipient != "" && !slices.Contains(p.Teams, c.Recipient) {
			p.Teams = append(p.Teams, c.Recipient)
		}
	}
	slices.Sort(p.Teams)
	p.Scopes, p.Depts, p.Own = queries.APIScopes, feedback.Departments, rq.w.opts.OwnDepartmentOnly
	p.DaysTo, p.RateTo = queries.TokenDaysMost, queries.TokenPerMinuteMost
	if p.New.Days == 0 && p.New.Team == "" {
		p.New = queries.NewToken{Scopes: queries.APIScopes, HandedOnly: true, Days: 180, PerMinute: 60}
	}
	return rq.show(status, "tokens", "数据接口令牌", p)
}

func createToken(rq *request) error {
	n := queries.NewToken{
		Team: rq.form("team"), Department: rq.form("department"), Scopes: rq.c.PostFormArray("scope"), HandedOnly: rq.form("handed") == "1",
		Days: rq.number(rq.form("days")), PerMinute: rq.number(rq.form("rate")),
	}
	t, secret, err := rq.w.store.CreateToken(rq.ctx(), rq.Me, n)
	if isRefusal(err) {
		return rq.tokens(http.StatusUnprocessableEntity, TokensPage{New: n, Problem: rq.say(err)})
	}
	if err != nil {
		return err
	}
	// Shown in answer to the POST, as a first password is: a token never stands
	// in an address, a cookie or the store.
	return rq.tokens(http.StatusOK, TokensPage{Shown: secret, For: t.Team})
}

// TokenPage is what one token read.
type TokenPage struct {
	TokenRow
	Uses []queries.APIUse
	Most int
}

const tokenUses = 500

func tokenPage(rq *request) error {
	t, err := rq.w.store.Token(rq.ctx(), rq.number(rq.c.Param("id")))
	if err != nil {
		return err
	}
	p := TokenPage{TokenRow: TokenRow{t, t.State(rq.w.store.Now())}, Most: tokenUses}
	if p.Uses, err = rq.w.store.APIUses(rq.ctx(), t.ID, tokenUses); err != nil {
		return err
	}
	return rq.show(http.StatusOK, "token", rq.t("数据接口令牌")+" "+t.Team, p)
}

func revokeToken(rq *request) error {
	if err := rq.w.store.RevokeToken(rq.ctx(), rq.Me, rq.number(rq.c.Param("id"))); err != nil {
		return err
	}
	rq.flash(rq.t("令牌已撤销，即刻失效。"), 0)
	return rq.redirect("/tokens")
}

// InterfacePage is openapi.json as a person reads it.
type InterfacePage struct {
	About   string
	Root    string
	Paths   []InterfacePath
	Schemas []InterfaceSchema
	Codes   []InterfaceCode
}

// InterfacePath is one address.
type InterfacePath struct {
	Path, Scope, Summary string
	Params               []InterfaceParam
	Answer               string // schema's name
}

// InterfaceParam is a parameter.
type InterfaceParam struct{ Name, Type, About string }

// InterfaceSchema is an object of an answer.
type InterfaceSchema struct {
	Name, About string
	Fields      []InterfaceParam
}

// InterfaceCode is an error's status.
type InterfaceCode struct{ Status, About string }

// openDocument is what the page reads of openapi.json.
type openDocument struct {
	Info struct {
		Description string `json:"description"`
	} `json:"info"`
	Paths map[string]struct {
		Get struct {
			Summary    string                  `json:"summary"`
			Security   []map[string][]string   `json:"security"`
			Parameters []openParam             `json:"parameters"`
			Responses  map[string]openResponse `json:"responses"`
		} `json:"get"`
	} `json:"paths"`
	Components struct {
		Parameters map[string]openParam    `json:"parameters"`
		Responses  map[string]openResponse `json:"responses"`
		Schemas    map[string]openSchema   `json:"schemas"`
	} `json:"components"`
}

type (
	openParam struct {
		Ref         string     `json:"$ref"`
		Name        string     `json:"name"`
		In          string     `json:"in"`
		Description string     `json:"description"`
		Schema      openSchema `json:"schema"`
	}
	openResponse struct {
		Ref         string `json:"$ref"`
		Description string `json:"description"`
		Content     map[string]struct {
			Schema openSchema `json:"schema"`
		} `json:"content"`
	}
	openSchema struct {
		Ref         string                `json:"$ref"`
		Type        any                   `json:"type"`
		Format      string                `json:"format"`
		Enum        []any                 `json:"enum"`
		Description string                `json:"description"`
		Properties  map[string]openSchema `json:"properties"`
		Required    []string              `json:"required"`
		Items       *openSchema           `json:"items"`
	}
)

// last is the name a reference ends in.
func last(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

// kind is a schema's type in a word or two.
func (s *openSchema) kind() string {
	switch t := s.Type.(type) {
	case string:
		if t == "array" && s.Items != nil {
			return s.Items.kind() + "[]"
		}
		if s.Format != "" {
			return s.Format
		}
		return t
	case []any:
		one := *s
		one.Type = t[0]
		return one.kind() + " | null"
	}
	return last(s.Ref)
}

func (s *openSchema) about() string {
	if len(s.Enum) == 0 {
		return s.Description
	}
	var values []string
	for _, v := range s.Enum {
		if v != nil {
			values = append(values, fmt.Sprint(v))
		}
	}
	return strings.TrimSpace(s.Description + " " + strings.Join(values, "、"))
}

var interfacePage = sync.OnceValues(func() (InterfacePage, error) {
	var doc openDocument
	p := InterfacePage{Root: apiRoot}
	if err := json.Unmarshal(openAPI, &doc); err != nil {
		return p, fmt.Errorf("openapi.json: %w", err)
	}
	p.About = doc.Info.Description
	for _, r := range APIRoutes() {
		get := doc.Paths[r[0]].Get
		path := InterfacePath{Path: r[0], Scope: r[1], Summary: get.Summary}
		for _, param := range get.Parameters {
			if param.Ref != "" {
				param = doc.Components.Parameters[last(param.Ref)]
			}
			if param.In != "header" {
				path.Params = append(path.Params, InterfaceParam{param.Name, param.Schema.kind(), param.Schema.about()})
				if a := &path.Params[len(path.Params)-1]; a.About == "" {
					a.About = param.Description
				}
			}
		}
		for kind, c := range get.Responses["200"].Content {
			path.Answer = last(c.Schema.Ref)
			if path.Answer == "" {
				path.Answer = kind
			}
		}
		p.Paths = append(p.Paths, path)
	}
	var names []string
	for name := range doc.Components.Schemas {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		s := doc.Components.Schemas[name]
		if strings.HasSuffix(name, "List") {
			continue
		}
		out := InterfaceSchema{Name: name, About: s.Description}
		fields := slices.Clone(s.Required)
		for f := range s.Properties {
			if !slices.Contains(fields, f) {
				fields = append(fields, f)
			}
		}
		for _, f := range fields {
			field := s.Properties[f]
			out.Fields = append(out.Fields, InterfaceParam{f, field.kind(), field.about()})
		}
		p.Schemas = append(p.Schemas, out)
	}
	for code, r := range doc.Paths["/reports/{sha256}/package"].Get.Responses {
		if n, _ := strconv.Atoi(code); n >= 304 {
			about := r.Description
			if r.Ref != "" {
				about = doc.Components.Responses[last(r.Ref)].Description
			}
			p.Codes = append(p.Codes, InterfaceCode{code, about})
		}
	}
	slices.SortFunc(p.Codes, func(a, b InterfaceCode) int { return strings.Compare(a.Status, b.Status) })
	return p, nil
})

func interfaceDocs(rq *request) error {
	p, err := interfacePage()
	if err != nil {
		return err
	}
	return rq.show(http.StatusOK, "interface", "数据接口", p)
}
