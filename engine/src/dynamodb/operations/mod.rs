//! The operations, one file for each or for those that share their work.

mod batch_get_item;
mod batch_write_item;
mod describe;
mod get_item;
mod key_condition;
mod page;
mod query;
mod scan;
mod transact_get_items;
mod transact_write_items;
mod write_item;
