package queries

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"tongtang/pipeline/feedback"
)

// Order is in what order the departments host from a turn on.
type Order struct {
	FromTurn    int       `column:"from_turn"` // counted from 1
	Departments []string  `column:"departments"`
	Reason      string    `column:"reason"`
	AccountID   int       `column:"account_id"`
	Name        string    `column:"name"`
	MadeAt      time.Time `column:"made_at"`
}

// Swap is a turn taken by another department than the one due.
type Swap struct {
	Turn      int       `column:"turn"`
	Host      string    `column:"host"`
	Reason    string    `column:"reason"`
	AccountID int       `column:"account_id"`
	Name      string    `column:"name"`
	MadeAt    time.Time `column:"made_at"`
}

// Turn is one place in the row of hosts.
type Turn struct {
	Number   int
	Due      string     // the department due, earlier exchanges counted
	Host     string     // that hosts or is to
	Training Registered // zero for a turn to come
	Swap     *Swap      // the exchange registered for it
}

// Open says whether no training is registered for the turn.
func (t *Turn) Open() bool { return t.Training.ID == "" }

// Exchanged says whether another than the department due hosts.
func (t *Turn) Exchanged() bool { return t.Host != t.Due }

// Unexplained says that another hosts and nobody wrote down why.
func (t *Turn) Unexplained() bool { return t.Exchanged() && t.Swap == nil }

// Tally is how often a department hosted and helped.
type Tally struct {
	Department string
	Hosted     int // trainings held
	CoHosted   int
	Planned    int // registered, not yet held
	Last       string
	LastOn     time.Time
	NextTurn   int // the next open turn that is its own
}

// Hosting is the row of hosts, held and to come.
type Hosting struct {
	Turns   []Turn // from the first
	Next    Turn   // the first that no training is registered for
	NextID  string // the number the next training would have
	Tallies []Tally
	Orders  []Order
	Order   []string // in force at the next turn
	Swaps   []Swap
}

// Held lists the turns that a training is registered for.
func (h *Hosting) Held() []Turn {
	i := slices.IndexFunc(h.Turns, func(t Turn) bool { return t.Open() })
	return h.Turns[:max(i, 0)]
}

// Coming lists the turns without a training.
func (h *Hosting) Coming() []Turn {
	i := slices.IndexFunc(h.Turns, func(t Turn) bool { return t.Open() })
	return h.Turns[max(i, 0):]
}

// Rotate lays the trainings out over the turns and says whose the next ones
// are, one whole round of them. A department that takes another's turn gives
// its own next one for it; the round after that goes by the order again.
// Cancelled trainings, and those that take no turn, are left out.
func Rotate(trainings []Registered, orders []Order, swaps []Swap, today time.Time) Hosting {
	h := Hosting{Orders: orders, Swaps: swaps}
	var held []Registered
	for _, r := range trainings {
		if !r.Cancelled && r.TakesTurn {
			held = append(held, r)
		}
	}
	slices.SortFunc(held, func(a, b Registered) int { return CompareTrainings(a.ID, b.ID) })
	round := len(feedback.Departments)
	last := len(held)
	for _, s := range swaps {
		last = max(last, s.Turn)
	}
	// Two rounds beyond what is shown, so that a turn given away finds the one it is exchanged for.
	due := make([]string, last+4*round+1)
	for k := 1; k < len(due); k++ {
		due[k] = orderAt(orders, k)
	}
	shown := max(len(held)+round, last)
	for k := 1; k <= shown; k++ {
		t := Turn{Number: k, Due: due[k], Host: due[k]}
		if i := slices.IndexFunc(swaps, func(s Swap) bool { return s.Turn == k }); i >= 0 {
			t.Swap, t.Host = &swaps[i], swaps[i].Host
		}
		if k <= len(held) {
			// What was held is what happened, whatever had been arranged.
			t.Training, t.Host = held[k-1], held[k-1].Host
			if t.Swap != nil && t.Swap.Host != t.Host {
				t.Swap = nil
			}
		}
		if t.Host != t.Due {
			for j := k + 1; j < len(due); j++ {
				if due[j] == t.Host {
					due[j] = t.Due
					break
				}
			}
		}
		h.Turns = append(h.Turns, t)
	}
	h.Next = h.Turns[len(held)]
	h.NextID = nextTrainingID(trainings, today)
	h.Order = orderInForce(orders, h.Next.Number)
	for _, d := range feedback.Departments {
		y := Tally{Department: string(d)}
		for _, r := range trainings {
			switch {
			case r.Cancelled:
			case r.Host == y.Department && r.Held(today):
				y.Hosted++
				if y.Last == "" || CompareTrainings(r.ID, y.Last) > 0 {
					y.Last, y.LastOn = r.ID, r.StartsOn
				}
			case r.Host == y.Department:
				y.Planned++
			case slices.Contains(r.CoHosts, y.Department) && r.Held(today):
				y.CoHosted++
			}
		}
		for _, t := range h.Coming() {
			if t.Host == y.Department {
				y.NextTurn = t.Number
				break
			}
		}
		h.Tallies = append(h.Tallies, y)
	}
	return h
}

// orderInForce is the order that holds for a turn.
func orderInForce(orders []Order, turn int) []string {
	list, _ := orderFrom(orders, turn)
	return list
}

func orderFrom(orders []Order, turn int) (list []string, from int) {
	from = 1
	for _, d := range feedback.Departments {
		list = append(list, string(d))
	}
	for _, o := range orders {
		if o.FromTurn <= turn && o.FromTurn >= from && len(o.Departments) > 0 {
			list, from = o.Departments, o.FromTurn
		}
	}
	return list, from
}

func orderAt(orders []Order, turn int) string {
	list, from := orderFrom(orders, turn)
	return list[(turn-from)%len(list)]
}

// nextTrainingID is the number after the last: within its year until the year
// has as many as the fullest one before, then the first of the next year. With
// no training yet it is the first of today's year.
func nextTrainingID(trainings []Registered, today time.Time) string {
	if len(trainings) == 0 {
		return fmt.Sprintf("%d-1", today.Year())
	}
	sorted := slices.SortedFunc(slices.Values(trainings), func(a, b Registered) int { return CompareTrainings(a.ID, b.ID) })
	most, year, number := 1, 0, 0
	for _, r := range sorted {
		y, n := yearAndNumber(r.ID)
		if y > year {
			most = max(most, number)
			year, number = y, 0
		}
		number = max(number, n)
	}
	if number < most && year >= today.Year() {
		return fmt.Sprintf("%d-%d", year, number+1)
	}
	return fmt.Sprintf("%d-1", max(year+1, today.Year()))
}

// Hosting reads the row of hosts.
func (s *Store) Hosting(ctx context.Context) (Hosting, error) {
	list, err := s.Registered(ctx)
	if err != nil {
		return Hosting{}, err
	}
	return s.hosting(ctx, s.db, list)
}

func (s *Store) hosting(ctx context.Context, q querier, list []Registered) (Hosting, error) {
	orders, err := rows[Order](ctx, q, "review/training/orders", nil)
	if err != nil {
		return Hosting{}, err
	}
	swaps, err := rows[Swap](ctx, q, "review/training/swaps", nil)
	if err != nil {
		return Hosting{}, err
	}
	return Rotate(list, orders, swaps, s.now()), nil
}

// swapState is an exchange as the history keeps it.
type swapState struct {
	Turn   int    `json:"轮次"`
	Due    string `json:"应承办"`
	Host   string `json:"改由"`
	Reason string `json:"原因"`
}

// SwapTurn lets host take a turn, for a reason. The department due hosts at
// the other's next turn. An exchange of a turn already held only explains what
// happened. host "" takes an exchange back.
func (s *Store) SwapTurn(ctx context.Context, by int, source string, turn int, host feedback.Department, reason string) (changed bool, err error) {
	reason = strings.TrimSpace(reason)
	if host != "" && !slices.Contains(feedback.Departments, host) {
		return false, refuse(Invalid, "请选择改由哪个部门承办。", "Choose the department that takes the turn.")
	}
	if reason == "" || tooLong(reason, 500) {
		return false, refuse(Invalid, "请写明调换的原因（不超过 500 字）。", "Give the reason, in at most 500 characters.")
	}
	err = s.change(ctx, func(tx *sql.Tx) (done, error) {
		changed, err = s.swapTurn(ctx, tx, by, source, turn, host, reason)
		return done{}, err
	})
	return changed, err
}

func (s *Store) swapTurn(ctx context.Context, tx *sql.Tx, by int, source string, turn int, host feedback.Department, reason string) (bool, error) {
	list, err := s.registered(ctx, tx)
	if err != nil {
		return false, err
	}
	h, err := s.hosting(ctx, tx, list)
	if err != nil {
		return false, err
	}
	i := slices.IndexFunc(h.Turns, func(t Turn) bool { return t.Number == turn })
	if i < 0 {
		return false, refusef(Invalid, "轮次 %d 还排不到：可调换第 1 至 %d 轮次。", "Turn %d is too far off; choose 1 to %d.", turn, len(h.Turns))
	}
	t := h.Turns[i]
	var before any
	if t.Swap != nil {
		before = &swapState{turn, t.Due, t.Swap.Host, t.Swap.Reason}
	}
	after := swapState{turn, t.Due, string(host), reason}
	switch {
	case host == "" && t.Swap == nil:
		return false, refusef(Invalid, "轮次 %d 没有登记调换。", "Turn %d is not exchanged.", turn)
	case host == "" && !t.Open():
		return false, refuse(Invalid, "该轮次的培训已经登记，调换的原因须保留。", "A training stands at this turn; the reason stays.")
	case host == "":
		if err := exec(ctx, tx, "review/training/swap_forget", args{"turn": turn}); err != nil {
			return false, err
		}
		return true, s.keep(ctx, tx, by, "hosting", "turn-"+strconv.Itoa(turn), 0, source, before, &after)
	case string(host) == t.Due:
		return false, refusef(Invalid, "轮次 %d 本就由%s承办，无须调换。", "Turn %d is due to %s anyway.", turn, host.Name())
	case !t.Open() && t.Training.Host != string(host):
		return false, refusef(Invalid, "轮次 %d 的培训（%s）登记由%s承办：请先修改期次的承办部门。", "The training at turn %d (%s) is hosted by %s: change that first.", turn, t.Training.ID, feedback.Department(t.Training.Host).Name())
	}
	if before != nil && same(before, &after) {
		return false, nil
	}
	if err := exec(ctx, tx, "review/training/swap_write", args{"turn": turn, "host": string(host), "reason": reason, "account_id": by, "made_at": s.now()}); err != nil {
		return false, err
	}
	return true, s.keep(ctx, tx, by, "hosting", "turn-"+strconv.Itoa(turn), 0, source, before, &after)
}

// orderState is an order as the history keeps it.
type orderState struct {
	From   int      `json:"自轮次"`
	Order  []string `json:"顺序"`
	Reason string   `json:"原因"`
}

// SetOrder changes in what order the departments host, from the next open turn
// on. Each of the five stands in it once.
func (s *Store) SetOrder(ctx context.Context, by int, source string, order []feedback.Department, reason string) error {
	reason = strings.TrimSpace(reason)
	sorted := slices.Clone(order)
	slices.Sort(sorted)
	five := slices.Sorted(slices.Values(feedback.Departments))
	if !slices.Equal(sorted, five) {
		return refuse(Invalid, "轮流顺序须包含五个部门，每个一次。", "The order has each of the five departments once.")
	}
	if reason == "" || tooLong(reason, 500) {
		return refuse(Invalid, "请写明调整顺序的原因（不超过 500 字）。", "Give the reason, in at most 500 characters.")
	}
	codes := make([]string, len(order))
	for i, d := range order {
		codes[i] = string(d)
	}
	return s.change(ctx, func(tx *sql.Tx) (done, error) {
		list, err := s.registered(ctx, tx)
		if err != nil {
			return done{}, err
		}
		h, err := s.hosting(ctx, tx, list)
		if err != nil {
			return done{}, err
		}
		from := h.Next.Number
		if err := exec(ctx, tx, "review/training/order_write", args{"from_turn": from, "departments": codes, "reason": reason, "account_id": by, "made_at": s.now()}); err != nil {
			return done{}, err
		}
		return done{}, s.keep(ctx, tx, by, "hosting", "order", from, source, &orderState{h.Next.Number, h.Order, ""}, &orderState{from, codes, reason})
	})
}
