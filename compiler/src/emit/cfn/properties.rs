//! What is made of the list of CloudFormation types: the enum of their properties, which asks each type for what it says of itself.

/// Makes `Properties` of lines `Variant = module::Type`.
macro_rules! properties {
    ($($variant:ident = $module:ident :: $name:ident,)*) => {
        /// Properties of each resource type that is emitted.
        #[derive(Clone, Debug, PartialEq)]
        #[expect(missing_docs, reason = "each variant is the type of that name, which has its documentation")]
        pub enum Properties { $($variant(Box<$module::$name>),)* }

        impl Properties {
            /// The name that AWS knows it by, if the template gives it one.
            pub fn name(&self) -> Option<&$crate::emit::cfn::value::Value<$crate::emit::cfn::value::Text>> {
                match self { $(Self::$variant(it) => <$module::$name as $crate::emit::cfn::value::Resource>::NAME.of(it),)* }
            }

            /// The same, after the word for what has it, if nothing else of the kind can have it in an account and region.
            pub fn unique_name(&self) -> Option<(&'static str, &$crate::emit::cfn::value::Value<$crate::emit::cfn::value::Text>)> {
                match self { $(Self::$variant(it) => <$module::$name as $crate::emit::cfn::value::Resource>::NAME.unique_of(it),)* }
            }

            /// Tells what of it a spec can make too large, each with its limit.
            pub fn sizes(&self, tell: &mut dyn FnMut(&'static $crate::limits::Limit, $crate::emit::cfn::size::Size<'_>)) {
                match self {
                    $(Self::$variant(it) => {
                        for (limit, size) in <$module::$name as $crate::emit::cfn::value::Resource>::LIMITS {
                            tell(limit, size(it));
                        }
                    })*
                }
            }
        }

        impl serde::Serialize for Properties {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                match self { $(Self::$variant(it) => serde::Serialize::serialize(it, serializer),)* }
            }
        }

        $(impl From<$module::$name> for Properties {
            fn from(it: $module::$name) -> Self { Self::$variant(Box::new(it)) }
        })*
    };
}
pub(super) use properties;
