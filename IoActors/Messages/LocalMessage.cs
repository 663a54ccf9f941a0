using System.Runtime.Serialization;
using Akka.Actor;

namespace Akka.IoActors;

/// <summary>What the actors of this node say to each other, and no other node may say: no serializer makes it out of bytes.</summary>
internal abstract record LocalMessage : INoSerializationVerificationNeeded
{
    internal static void Refuse(object message) =>
        throw new SerializationException($"{message.GetType()} is a message within a node, and was sent by another: it is refused.");

    [OnDeserializing]
    private void Refuse(StreamingContext context) => Refuse(this);
}
