package operations

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"tongtang/pipeline/feedback"
	"tongtang/queries"
)

// UserRequest is one change to the accounts, from the command line.
type UserRequest struct {
	Verb       string              `json:"verb"` // add, reset, disable, enable, unlock, list
	Login      string              `json:"login"`
	Name       string              `json:"name"`
	Department feedback.Department `json:"department"`
	Role       queries.Role        `json:"role"`
	Password   string              `json:"password"` // empty: one is made up and must be changed at the first sign-in
}

// UserAnswer is what came of it.
type UserAnswer struct {
	Password string            `json:"password,omitempty"` // the one made up, to be shown once
	Accounts []queries.Account `json:"accounts,omitempty"` // for list
}

// User changes an account: through the workbench if one is running, in the
// review file otherwise.
func User(ctx context.Context, folder queries.Folder, req UserRequest) (UserAnswer, error) {
	var a UserAnswer
	err := ask(ctx, folder, http.MethodPost, "/user", req, &a)
	if !errors.Is(err, errAlone) {
		return a, err
	}
	store, err := queries.OpenStore(ctx, string(folder), queries.StoreOptions{})
	if err != nil {
		return a, err
	}
	a, err = changeUser(ctx, store, req)
	return a, errors.Join(err, store.Close())
}

func changeUser(ctx context.Context, store *queries.Store, req UserRequest) (a UserAnswer, err error) {
	const commandLine = 0
	switch req.Verb {
	case "list":
		a.Accounts, err = store.Accounts(ctx)
		return a, err
	case "add":
		n := queries.NewAccount{Login: req.Login, Name: req.Name, Department: req.Department, Role: req.Role, Password: req.Password}
		if n.Password == "" {
			n.Password, n.MustChange = queries.RandomPassword(), true
			a.Password = n.Password
		}
		_, err = store.CreateAccount(ctx, commandLine, n)
		return a, err
	case "reset":
		a.Password, err = store.ResetPassword(ctx, commandLine, req.Login)
		return a, err
	}
	all, err := store.Accounts(ctx)
	if err != nil {
		return a, err
	}
	login := strings.ToLower(strings.TrimSpace(req.Login))
	i := slices.IndexFunc(all, func(a queries.Account) bool { return a.Login == login })
	if i < 0 {
		return a, &queries.Refusal{Kind: queries.NotFound, Zh: "没有登录名为 " + login + " 的帐号：tongtang user list 可列出全部帐号。", En: "There is no account " + login + "."}
	}
	is := all[i]
	switch req.Verb {
	case "disable", "enable":
		return a, store.ChangeAccount(ctx, commandLine, is.ID, is.Name, feedback.Department(is.Department), is.Role, req.Verb == "enable")
	case "unlock":
		return a, store.Unlock(ctx, commandLine, is.ID)
	}
	return a, fmt.Errorf("unknown request %q", req.Verb)
}
