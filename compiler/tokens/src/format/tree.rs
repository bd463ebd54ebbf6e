//! Expressions as they are read, in a row: a tree of them needs no memory of its own, and the next block is read into the same.

use super::expressions::Expression;

/// Place of an expression in the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Id(usize);

/// Expressions that lie one behind the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct List {
    first: usize,
    behind: usize,
}

impl List {
    pub(super) const EMPTY: Self = Self {
        first: 0,
        behind: 0,
    };

    pub(super) fn is_empty(self) -> bool {
        self.first == self.behind
    }

    pub(super) fn len(self) -> usize {
        self.behind - self.first
    }

    pub(super) fn ids(self) -> impl Iterator<Item = Id> {
        (self.first..self.behind).map(Id)
    }

    /// The first, if there is but one.
    pub(super) fn only(self) -> Option<Id> {
        (self.len() == 1).then_some(Id(self.first))
    }
}

#[derive(Debug, Default)]
pub(super) struct Tree {
    all: Vec<Expression>,
    /// What belongs to lists that are not at their end yet.
    open: Vec<Expression>,
}

impl Tree {
    pub(super) fn clear(&mut self) {
        self.all.clear();
        self.open.clear();
    }

    pub(super) fn get(&self, id: Id) -> Option<Expression> {
        self.all.get(id.0).copied()
    }

    pub(super) fn list(&self, list: List) -> &[Expression] {
        self.all.get(list.first..list.behind).unwrap_or_default()
    }

    pub(super) fn add(&mut self, it: Expression) -> Id {
        self.all.push(it);
        Id(self.all.len() - 1)
    }

    /// Begins a list, which ends before those that were begun earlier.
    pub(super) fn begin(&mut self) -> usize {
        self.open.len()
    }

    pub(super) fn push(&mut self, it: Expression) {
        self.open.push(it);
    }

    pub(super) fn end(&mut self, begin: usize) -> List {
        let first = self.all.len();
        self.all.extend(self.open.drain(begin..));
        List {
            first,
            behind: self.all.len(),
        }
    }
}
