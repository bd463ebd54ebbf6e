//! What serde tells of a value, as pieces of a page.

use serde::ser::{
    Error as _, Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant,
    SerializeTuple, SerializeTupleStruct, SerializeTupleVariant, Serializer,
};
use serde_json::{Error, Result, to_writer};

use super::Page;

/// The members of a list or object that is open.
pub(super) struct Members<'p> {
    page: &'p mut Page,
    is_first: bool,
    /// What closes it, and the object of a variant around it.
    brackets: &'static [u8],
}

impl Members<'_> {
    fn next(&mut self) {
        if !self.is_first {
            self.page.comma();
        }
        self.is_first = false;
    }

    fn item<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        self.next();
        value.serialize(&mut *self.page)
    }

    fn member<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<()> {
        self.next();
        self.page.name(name);
        value.serialize(&mut *self.page)
    }

    fn close(self) {
        for bracket in self.brackets {
            self.page.close(*bracket);
        }
    }
}

impl Page {
    /// The name that our types give a member, in which nothing needs an escape.
    fn name(&mut self, name: &'static str) {
        for part in ["\"", name, "\": "] {
            self.text.extend_from_slice(part.as_bytes());
        }
    }

    fn list(&mut self) -> Members<'_> {
        self.members(b'[', b"]")
    }

    fn object(&mut self) -> Members<'_> {
        self.members(b'{', b"}")
    }

    fn members(&mut self, bracket: u8, brackets: &'static [u8]) -> Members<'_> {
        self.open(bracket);
        Members {
            page: self,
            is_first: true,
            brackets,
        }
    }

    /// An object whose only member is what a variant holds.
    fn variant(&mut self, name: &'static str) {
        self.open(b'{');
        self.name(name);
    }
}

macro_rules! scalars {
    ($($method:ident: $of:ty,)*) => {
        $(fn $method(self, value: $of) -> Result<()> { to_writer(&mut self.text, &value) })*
    };
}

impl<'p> Serializer for &'p mut Page {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Members<'p>;
    type SerializeTuple = Members<'p>;
    type SerializeTupleStruct = Members<'p>;
    type SerializeTupleVariant = Members<'p>;
    type SerializeMap = Members<'p>;
    type SerializeStruct = Members<'p>;
    type SerializeStructVariant = Members<'p>;

    scalars! {
        serialize_bool: bool,
        serialize_i8: i8,
        serialize_i16: i16,
        serialize_i32: i32,
        serialize_i64: i64,
        serialize_u8: u8,
        serialize_u16: u16,
        serialize_u32: u32,
        serialize_u64: u64,
        serialize_f32: f32,
        serialize_f64: f64,
        serialize_char: char,
    }

    fn serialize_str(self, text: &str) -> Result<()> {
        self.quoted(text)
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<()> {
        self.collect_seq(bytes)
    }

    fn serialize_none(self) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        self.text.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, name: &'static str) -> Result<()> {
        self.quoted(name)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<()> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        value: &T,
    ) -> Result<()> {
        self.variant(name);
        value.serialize(&mut *self)?;
        self.close(b'}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Members<'p>> {
        Ok(self.list())
    }

    fn serialize_tuple(self, _: usize) -> Result<Members<'p>> {
        Ok(self.list())
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Members<'p>> {
        Ok(self.list())
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Members<'p>> {
        self.variant(name);
        Ok(self.members(b'[', b"]}"))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Members<'p>> {
        Ok(self.object())
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Members<'p>> {
        Ok(self.object())
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        name: &'static str,
        _: usize,
    ) -> Result<Members<'p>> {
        self.variant(name);
        Ok(self.members(b'{', b"}}"))
    }
}

impl SerializeMap for Members<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<()> {
        self.next();
        let at = self.page.text.len();
        key.serialize(&mut *self.page)?;
        if self.page.text.get(at) != Some(&b'"') {
            return Err(Error::custom("the key of a member is a text"));
        }
        self.page.text.extend_from_slice(b": ");
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        value.serialize(&mut *self.page)
    }

    fn end(self) -> Result<()> {
        self.close();
        Ok(())
    }
}

/// Each kind of list and object has a trait of its own in serde, and all of them do the same here.
macro_rules! compounds {
    ($($kind:ident: $method:ident($($key:ident)?) as $own:ident,)*) => {
        $(impl $kind for Members<'_> {
            type Ok = ();
            type Error = Error;

            fn $method<T: Serialize + ?Sized>(&mut self, $($key: &'static str,)? value: &T) -> Result<()> {
                self.$own($($key,)? value)
            }

            fn end(self) -> Result<()> {
                self.close();
                Ok(())
            }
        })*
    };
}

compounds! {
    SerializeSeq: serialize_element() as item,
    SerializeTuple: serialize_element() as item,
    SerializeTupleStruct: serialize_field() as item,
    SerializeTupleVariant: serialize_field() as item,
    SerializeStruct: serialize_field(key) as member,
    SerializeStructVariant: serialize_field(key) as member,
}
